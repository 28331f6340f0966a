namespace TorchSharp;

/// <summary>A number given to an operator: an integer, a real or a truth value.</summary>
public readonly struct Scalar
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
}

/// <summary>A scalar as a number of .NET.</summary>
public static class ScalarExtensionMethods
{
    public static double ToDouble(this Scalar value) => value.IsInteger || value.IsBool ? value.Integer : value.Real;
    public static float ToSingle(this Scalar value) => (float)value.ToDouble();
    public static long ToInt64(this Scalar value) => value.IsInteger || value.IsBool ? value.Integer : (long)value.Real;
    public static int ToInt32(this Scalar value) => checked((int)value.ToInt64());
    public static bool ToBoolean(this Scalar value) => value.ToDouble() != 0;
}
