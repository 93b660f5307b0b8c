import { Module } from '@nestjs/common';
import { PageModels } from './page-models.service.js';
import { PagesController } from './pages.controller.js';

@Module({ controllers: [PagesController], providers: [PageModels], exports: [PageModels] })
export class PagesModule {}
