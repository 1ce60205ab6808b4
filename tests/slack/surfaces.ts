import type { KnownBlock, HomeView, ModalView } from '@slack/types';
import type { Manifest } from '@slack/web-api/dist/types/request/manifest.js';
export interface Message { text: string; blocks: KnownBlock[]; unfurl_links: boolean; unfurl_media: boolean }
export interface Surfaces { message: Message; home: HomeView; modal: ModalView; manifest: Manifest }
