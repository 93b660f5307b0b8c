import type { AppProps } from 'next/app';
import Head from 'next/head';
import { Frame } from '../components/frame.tsx';
import '../app/style.css';

export default function App({ Component, pageProps }: AppProps) {
  return (
    <>
      <Head>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <link rel="icon" href="/icon.svg" />
        <meta name="color-scheme" content="light dark" />
      </Head>
      <Frame>
        <Component {...pageProps} />
      </Frame>
    </>
  );
}
