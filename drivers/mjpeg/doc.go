// Package mjpeg drives cameras that deliver Motion JPEG over HTTP, as network document cameras do: one GET, answered by
// a body without end of type multipart/x-mixed-replace, one JPEG a part.
//
//	--boundary CRLF  Content-Type: image/jpeg CRLF  [Content-Length: n CRLF]  CRLF  FF D8 … FF D9  CRLF  --boundary …
//
// A frame is shown when it begins FF D8 and ends, zeros behind it aside, FF D9, and is no larger than
// max_bytes; all others are dropped. Many cameras leave the Huffman tables out (ITU-T T.81 Annex K has the ones they mean);
// these frames get them put in before their scan, so that every decoder can read what leaves here.
//
// Sources: RFC 2046 §5.1 for parts, ITU-T T.81 (JPEG) Annex B for markers and Annex K.3 for the tables; field habits
// (boundaries written with and without their hyphens, parts without length) from mjpg-streamer and ustreamer.
package mjpeg
