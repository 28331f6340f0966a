namespace TorchSharp;

/// <summary>A number given to an operator: an integer, a real or a truth value.</summary>
public readonly struct Scalar : IEquatable<Scalar>
{
    internal bool IsInteger { get; private init; }
    internal bool IsBool { get; private init; }
    internal long Integer { get; private init; }
    internal double Real { get; private init; }

    public static implicit operator Scalar(long value) => new() { IsInteger = true, Integer = value };
    public static implicit operator Scalar(int value) => (long)value;
    public static implicit operator Scalar(double value) => new() { Real = value };
    public static implicit operator Scalar(float value) => (double)value;
    public static implicit operator Scalar(bool value) => new() { IsBool = true, Integer = value ? 1 : 0 };

    public double ToDouble() => IsInteger || IsBool ? Integer : Real;
    public float ToSingle() => (float)ToDouble();
    public long ToInt64() => IsInteger || IsBool ? Integer : (long)Real;
    public int ToInt32() => checked((int)ToInt64());
    public bool ToBoolean() => ToDouble() != 0;

    public bool Equals(Scalar other) => ToDouble().Equals(other.ToDouble());
    public override bool Equals(object? obj) => obj is Scalar other && Equals(other);
    public override int GetHashCode() => ToDouble().GetHashCode();
    public static bool operator ==(Scalar left, Scalar right) => left.Equals(right);
    public static bool operator !=(Scalar left, Scalar right) => !left.Equals(right);
}
