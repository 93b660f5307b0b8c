import { Controller, Get } from '@nestjs/common';
import { NoSession, Public } from 'nest-session';

@Controller('health')
@NoSession()
@Public()
export class HealthController {
  /** Says that the process answers. */
  @Get()
  check(): { status: 'ok' } {
    return { status: 'ok' };
  }
}
