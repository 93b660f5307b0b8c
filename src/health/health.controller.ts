import { Controller, Get } from '@nestjs/common';
import { Public } from 'nest-session';

@Controller('health')
@Public()
export class HealthController {
  /** Says that the process answers. */
  @Get()
  check(): { status: 'ok' } {
    return { status: 'ok' };
  }
}
