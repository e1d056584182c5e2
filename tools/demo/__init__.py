"""The demo world and the miniature Video-LLaVA that is trained on it.

`world` and `questions` say what is in a clip and what may be asked about it; `draw` paints it; `video` writes and reads
MP4 files with the ffmpeg program.  These four need numpy only.  The other modules train and need torch.
"""
