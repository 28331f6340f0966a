namespace TorchSharp;

public static partial class torch
{
    public sealed partial class Tensor
    {
        public Tensor add(Tensor target) => Operators.add.Call(this, target);
        public Tensor add(Tensor target, Scalar alpha) => Operators.add.Call(this, target, alpha);
        public Tensor add(Scalar scalar) => Operators.add_scalar.Call(this, scalar);
        public Tensor add_(Tensor target) => Operators.add_.InPlace(this, target);
        public Tensor add_(Tensor target, Scalar alpha) => Operators.add_.InPlace(this, target, alpha);
        public Tensor add_(Scalar scalar) => Operators.add_scalar_.InPlace(this, scalar);
        public Tensor sub(Tensor target) => Operators.sub.Call(this, target);
        public Tensor sub(Scalar target) => Operators.sub_scalar.Call(this, target);
        public Tensor sub_(Tensor target) => Operators.sub_.InPlace(this, target);
        public Tensor sub_(Scalar target) => Operators.sub_scalar_.InPlace(this, target);
        public Tensor mul(Tensor target) => Operators.mul.Call(this, target);
        public Tensor mul(Scalar target) => Operators.mul_scalar.Call(this, target);
        public Tensor mul_(Tensor target) => Operators.mul_.InPlace(this, target);
        public Tensor mul_(Scalar target) => Operators.mul_scalar_.InPlace(this, target);
        public Tensor div(Tensor target) => Operators.div.Call(this, target);
        public Tensor div(Scalar target) => Operators.div_scalar.Call(this, target);
        public Tensor div_(Tensor target) => Operators.div_.InPlace(this, target);
        public Tensor div_(Scalar target) => Operators.div_scalar_.InPlace(this, target);
        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) => Operators.addcmul_.InPlace(this, tensor1, tensor2, value);
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) => Operators.addcdiv_.InPlace(this, tensor1, tensor2, value);

        public Tensor neg() => Operators.neg.Call(this);
        public Tensor abs() => Operators.abs.Call(this);
        public Tensor exp() => Operators.exp.Call(this);
        public Tensor log() => Operators.log.Call(this);
        public Tensor expm1() => Operators.expm1.Call(this);
        public Tensor sqrt() => Operators.sqrt.Call(this);
        public Tensor rsqrt() => Operators.rsqrt.Call(this);
        public Tensor square() => Operators.square.Call(this);
        public Tensor reciprocal() => Operators.reciprocal.Call(this);
        public Tensor sigmoid() => Operators.sigmoid.Call(this);
        public Tensor tanh() => Operators.tanh.Call(this);
        public Tensor silu() => Operators.silu.Call(this);
        public Tensor sin() => Operators.sin.Call(this);
        public Tensor cos() => Operators.cos.Call(this);
        public Tensor floor() => Operators.floor.Call(this);
        public Tensor round() => Operators.round.Call(this);
        public Tensor sign() => Operators.sign.Call(this);
        public Tensor pow(Scalar exponent) => Operators.pow_scalar.Call(this, exponent);
        public Tensor clamp(Scalar? min = null, Scalar? max = null) => Operators.clamp.Call(this, min, max);
        public Tensor clamp_(Scalar? min = null, Scalar? max = null) => Operators.clamp_.InPlace(this, min, max);
        public Tensor maximum(Tensor other) => Operators.maximum.Call(this, other);
        public Tensor minimum(Tensor other) => Operators.minimum.Call(this, other);
        public Tensor where(Tensor condition, Tensor y) => Operators.where.Call(condition, this, y);
        public Tensor masked_fill(Tensor mask, Scalar value) => Operators.masked_fill.Call(this, mask, value);
        public Tensor masked_fill_(Tensor mask, Scalar value) => Operators.masked_fill_.InPlace(this, mask, value);
        public Tensor isnan() => Operators.isnan.Call(this);
        public Tensor isinf() => Operators.isinf.Call(this);
        public Tensor isfinite() => Operators.isfinite.Call(this);
        public Tensor logical_and(Tensor other) => Operators.logical_and.Call(this, other);
        public Tensor logical_or(Tensor other) => Operators.logical_or.Call(this, other);
        public Tensor logical_not() => Operators.logical_not.Call(this);
        public Tensor fill_(Scalar value) => Operators.fill_.InPlace(this, value);
        public Tensor zero_() => Operators.zero_.InPlace(this);

        public Tensor matmul(Tensor target) => Operators.matmul.Call(this, target);
        public Tensor mm(Tensor target) => Operators.mm.Call(this, target);
        public Tensor bmm(Tensor batch2) => Operators.bmm.Call(this, batch2);
        public Tensor dot(Tensor target) => Operators.dot.Call(this, target);
        public Tensor outer(Tensor vec2) => Operators.outer.Call(this, vec2);
        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) => Operators.addmm.Call(this, mat1, mat2, (Scalar)beta, (Scalar)alpha);
        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) => Operators.baddbmm.Call(this, batch1, batch2, (Scalar)beta, (Scalar)alpha);

        public Tensor eq(Tensor target) => Operators.eq.Call(this, target);
        public Tensor ne(Tensor target) => Operators.ne.Call(this, target);
        public Tensor eq(Scalar target) => Operators.eq_scalar.Call(this, target);
        public Tensor ne(Scalar target) => Operators.ne_scalar.Call(this, target);
        public Tensor lt(Scalar target) => Operators.lt_scalar.Call(this, target);
        public Tensor le(Scalar target) => Operators.le_scalar.Call(this, target);
        public Tensor gt(Scalar target) => Operators.gt_scalar.Call(this, target);
        public Tensor ge(Scalar target) => Operators.ge_scalar.Call(this, target);
        public Tensor lt(Tensor target) => Operators.lt.Call(this, target);
        public Tensor le(Tensor target) => Operators.le.Call(this, target);
        public Tensor gt(Tensor target) => Operators.gt.Call(this, target);
        public Tensor ge(Tensor target) => Operators.ge.Call(this, target);

        public static Tensor operator +(Tensor left, Tensor right) => left.add(right);
        public static Tensor operator +(Tensor left, Scalar right) => left.add(right);
        public static Tensor operator +(Scalar left, Tensor right) => right.add(left);
        public static Tensor operator -(Tensor left, Tensor right) => left.sub(right);
        public static Tensor operator -(Tensor left, Scalar right) => left.sub(right);
        public static Tensor operator -(Scalar left, Tensor right) => Operators.rsub_scalar.Call(right, left);
        public static Tensor operator *(Tensor left, Tensor right) => left.mul(right);
        public static Tensor operator *(Tensor left, Scalar right) => left.mul(right);
        public static Tensor operator *(Scalar left, Tensor right) => right.mul(left);
        public static Tensor operator /(Tensor left, Tensor right) => left.div(right);
        public static Tensor operator /(Tensor left, Scalar right) => left.div(right);
        public static Tensor operator -(Tensor tensor) => tensor.neg();
    }
}
