export type { SessionDevicesAdminOptions, SessionDevicesOptions } from './devices-options.js';
export { SessionDeviceDto, SessionDeviceListDto, SessionsEndedDto } from './session-device.dto.js';
export { SessionDevicesModule } from './session-devices.module.js';
