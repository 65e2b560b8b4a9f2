package mjpegsim

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/math/f64"
	"golang.org/x/image/math/fixed"
)

// What the camera sees: 1280 × 960, as cheap document cameras deliver.
const (
	Width  = 1280
	Height = 960
)

// Built-in scenes.
const (
	Empty       = "empty"       // the desk
	Lease       = "lease"       // 房屋租赁合同
	Household   = "household"   // 户口簿
	Certificate = "certificate" // 在职证明
	Dark        = "dark"        // the lease in bad light
	Blurred     = "blurred"     // the lease out of focus
	Partly      = "partly"      // the lease with a corner outside
)

// Kinds lists the built-in scenes.
func Kinds() []string { return []string{Empty, Lease, Household, Certificate, Dark, Blurred, Partly} }

// pages are invented.
var pages = map[string][]string{
	Lease: {
		"房屋租赁合同", "", "出租方（甲方）：示例置业有限公司", "承租方（乙方）：张三", "",
		"第一条　甲方将位于示例市示例区示例路 1 号 2 单元", "301 室的房屋出租给乙方居住使用，建筑面积 58 平方米。", "",
		"第二条　租赁期限为十二个月，自 2026 年 3 月 1 日起", "至 2027 年 2 月 28 日止。", "",
		"第三条　月租金为人民币 1800 元，按季度支付，押金为", "一个月租金。租赁期满，甲方应当退还押金。", "",
		"第四条　乙方应当爱护房屋及其设施，不得擅自改变房屋", "用途，不得转租。", "",
		"第五条　本合同一式两份，双方各执一份，自签字之日起", "生效。未尽事宜，由双方协商解决。", "", "",
		"甲方（盖章）：示例置业有限公司　　乙方：张三", "", "2026 年 2 月 20 日",
	},
	Household: {
		"常住人口登记卡", "", "姓　　名：张三　　　　户主或与户主关系：户主", "性　　别：男　　　　　民　　族：汉",
		"出 生 地：示例省示例市", "出生日期：1949 年 12 月 31 日", "籍　　贯：示例省示例市", "公民身份号码：11010519491231002X", "",
		"何时由何地迁来本市：", "何时由何地迁来本址：", "", "承办人签章：　　　　登记日期：2020 年 1 月 1 日",
	},
	Certificate: {
		"在职证明", "", "示例区政务服务中心：", "", "　　兹证明张三，系我单位在职职工，自 2024 年 3 月起", "在本单位工作，担任技术员一职。", "",
		"　　特此证明。", "", "", "　　　　　　　　　　　　示例科技有限公司", "　　　　　　　　　　　　2026 年 11 月 2 日",
	},
}

// Page draws a built-in scene as a JPEG.
func (s *Sim) Page(kind string) ([]byte, error) {
	rnd := rand.New(rand.NewPCG(s.opts.Seed, 11))
	desk := desk(rnd)
	what := kind
	if kind == Dark || kind == Blurred || kind == Partly {
		what = Lease
	}
	if what != Empty {
		lines, ok := pages[what]
		if !ok {
			return nil, fmt.Errorf("cannot draw scene %q: it is none of %v", kind, Kinds())
		}
		sheet, err := s.typed(lines)
		if err != nil {
			return nil, err
		}
		at := f64.Vec2{Width/2 + 8, Height / 2}
		if kind == Partly {
			at = f64.Vec2{Width/2 + 330, Height/2 + 200}
		}
		lay(desk, sheet, at, 0.023, 900.0/float64(sheet.Rect.Dy()))
	}
	switch kind {
	case Dark:
		for i := range desk.Pix {
			if i%4 != 3 {
				desk.Pix[i] /= 5
			}
		}
	case Blurred:
		desk = blur(desk, 7)
	}
	return encode(desk, rnd)
}

// OnDesk lays a paper (PNG or JPEG), a printed receipt for example, on the desk, slightly turned.
func (s *Sim) OnDesk(pic []byte) ([]byte, error) {
	cfg, err := png.DecodeConfig(bytes.NewReader(pic))
	if err == nil && cfg.Width*cfg.Height > 40<<20 {
		return nil, fmt.Errorf("cannot lay a paper of %d × %d on the desk", cfg.Width, cfg.Height)
	}
	img, _, err := image.Decode(bytes.NewReader(pic))
	if err != nil {
		return nil, fmt.Errorf("cannot lay a paper on the desk: %w", err)
	}
	return s.LayOnDesk(img)
}

// LayOnDesk is OnDesk for a picture in memory.
func (s *Sim) LayOnDesk(img image.Image) ([]byte, error) {
	rnd := rand.New(rand.NewPCG(s.opts.Seed, 12))
	b := img.Bounds()
	const edge = 40
	sheet := image.NewRGBA(image.Rect(0, 0, b.Dx()+2*edge, b.Dy()+2*edge))
	draw.Draw(sheet, sheet.Rect, image.NewUniform(color.RGBA{244, 243, 239, 255}), image.Point{}, draw.Src)
	for y := range b.Dy() {
		for x := range b.Dx() {
			if r, _, _, _ := img.At(b.Min.X+x, b.Min.Y+y).RGBA(); r < 0x8000 {
				sheet.SetRGBA(x+edge, y+edge, color.RGBA{38, 38, 42, 255})
			}
		}
	}
	d := desk(rnd)
	lay(d, sheet, f64.Vec2{Width / 2, Height / 2}, -0.03, min(1, 920/float64(sheet.Rect.Dy()), 1200/float64(sheet.Rect.Dx())))
	return encode(d, rnd)
}

// desk is a grey-brown surface with light falling from the left.
func desk(rnd *rand.Rand) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, Width, Height))
	for y := range Height {
		grain := rnd.IntN(7)
		for x := range Width {
			light := 18 - x*30/Width + grain
			img.SetRGBA(x, y, color.RGBA{uint8(92 + light), uint8(84 + light), uint8(76 + light), 255})
		}
	}
	return img
}

// typed sets lines on a sheet of A4 with 100 dots an inch.
func (s *Sim) typed(lines []string) (*image.RGBA, error) {
	const w, h, left = 827, 1169, 90
	sheet := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(sheet, sheet.Rect, image.NewUniform(color.RGBA{247, 246, 243, 255}), image.Point{}, draw.Src)
	title, err := s.fonts.Face(true, 40)
	if err != nil {
		return nil, err
	}
	defer func() { _ = title.Close() }()
	body, err := s.fonts.Face(false, 25)
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }()
	ink := image.NewUniform(color.RGBA{35, 35, 40, 255})
	y := 120
	for i, line := range lines {
		d := font.Drawer{Dst: sheet, Src: ink, Face: body, Dot: fixed.P(left, y)}
		step := 40
		if i == 0 {
			d.Face, step = title, 60
			d.Dot = fixed.P((w-d.MeasureString(line).Ceil())/2, y)
		}
		d.DrawString(line)
		y += step
	}
	return sheet, nil
}

// lay puts a sheet on the desk: its middle at a point, turned by an angle (radians), with a soft shadow.
func lay(desk *image.RGBA, sheet *image.RGBA, at f64.Vec2, angle, scale float64) {
	w, h := float64(sheet.Rect.Dx()), float64(sheet.Rect.Dy())
	sin, cos := math.Sincos(angle)
	place := func(dx, dy float64) f64.Aff3 {
		a, b := scale*cos, -scale*sin
		c, d := scale*sin, scale*cos
		return f64.Aff3{a, b, at[0] + dx - a*w/2 - b*h/2, c, d, at[1] + dy - c*w/2 - d*h/2}
	}
	shadow := image.NewUniform(color.RGBA{0, 0, 0, 60})
	for _, off := range []float64{3, 6} {
		xdraw.NearestNeighbor.Transform(desk, place(off, off), uniform{shadow, sheet.Rect}, sheet.Rect, xdraw.Over, nil)
	}
	xdraw.ApproxBiLinear.Transform(desk, place(0, 0), sheet, sheet.Rect, xdraw.Over, nil)
}

// uniform is one colour with the bounds of a sheet.
type uniform struct {
	*image.Uniform
	rect image.Rectangle
}

func (u uniform) Bounds() image.Rectangle { return u.rect }

// blur is a mean over a square of 2r+1, done for rows and then for columns.
func blur(img *image.RGBA, r int) *image.RGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	pass := func(src *image.RGBA, dx, dy int) *image.RGBA {
		out := image.NewRGBA(img.Rect)
		for y := range h {
			for x := range w {
				for ch := range 4 {
					sum := 0
					for k := -r; k <= r; k++ {
						sx, sy := min(max(x+k*dx, 0), w-1), min(max(y+k*dy, 0), h-1)
						sum += int(src.Pix[sy*src.Stride+sx*4+ch])
					}
					out.Pix[y*out.Stride+x*4+ch] = uint8(sum / (2*r + 1))
				}
			}
		}
		return out
	}
	return pass(pass(img, 1, 0), 0, 1)
}

// encode adds the sensor's noise and makes a JPEG.
func encode(img *image.RGBA, rnd *rand.Rand) ([]byte, error) {
	for i := range img.Pix {
		if i%4 != 3 {
			img.Pix[i] = uint8(min(max(int(img.Pix[i])+rnd.IntN(9)-4, 0), 255))
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 85}); err != nil {
		return nil, fmt.Errorf("cannot make a frame: %w", err)
	}
	return b.Bytes(), nil
}
