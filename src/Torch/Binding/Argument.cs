using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>One argument or result as it crosses the border. Mirrors <c>tllm::Argument</c> in native/shim.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeArgument
{
    public Kind Kind;
    public int Count;
    public long Bits;
}

/// <summary>What an argument is. The order is that of <c>tllm::Kind</c>.</summary>
internal enum Kind
{
    Default, None, Tensor, Int, Double, Bool, IntList, DoubleList, BoolList, TensorList, OptionalTensorList,
    String, Device, Generator, ScalarList,
}

/// <summary>An argument of an operator. Made by conversion from the values operators take.</summary>
internal readonly struct Argument
{
    public Kind Kind { get; private init; }
    public long Bits { get; private init; }

    /// <summary>The array behind a list, or the object whose handle must stay alive during the call.</summary>
    public object? Values { get; private init; }

    public static Argument Default => default;
    public static Argument None => new() { Kind = Kind.None };

    public static implicit operator Argument(torch.Tensor? tensor) =>
        tensor is null ? None : new() { Kind = Kind.Tensor, Bits = tensor.Handle, Values = tensor };

    public static implicit operator Argument(long value) => new() { Kind = Kind.Int, Bits = value };
    public static implicit operator Argument(double value) => new() { Kind = Kind.Double, Bits = BitConverter.DoubleToInt64Bits(value) };
    public static implicit operator Argument(bool value) => new() { Kind = Kind.Bool, Bits = value ? 1 : 0 };
    public static implicit operator Argument(long[]? values) => values is null ? None : new() { Kind = Kind.IntList, Values = values };
    public static implicit operator Argument(torch.Tensor[] tensors) => new() { Kind = Kind.TensorList, Values = tensors };
    public static implicit operator Argument(string value) => new() { Kind = Kind.String, Values = System.Text.Encoding.UTF8.GetBytes(value) };

    public static implicit operator Argument(Scalar value) => value.IsInteger ? value.Integer : value.IsBool ? value.Integer != 0 : (Argument)value.Real;
    public static implicit operator Argument(Scalar? value) => value is { } some ? some : None;
    public static implicit operator Argument(torch.ScalarType type) => (long)type;
    public static implicit operator Argument(torch.ScalarType? type) => type is { } some ? (long)some : None;
    public static implicit operator Argument(torch.Device? device) =>
        device is null ? None : new() { Kind = Kind.Device, Bits = ((long)device.index << 32) | (uint)device.type };
    public static implicit operator Argument(torch.Generator? generator) =>
        generator is null ? None : new() { Kind = Kind.Generator, Bits = generator.Handle, Values = generator };

    /// <summary>A list that may hold gaps, as indexing takes it.</summary>
    public static Argument Optional(torch.Tensor?[] tensors) => new() { Kind = Kind.OptionalTensorList, Values = tensors };

    /// <summary>A list of numbers, one per tensor of a <c>_foreach</c> operator.</summary>
    public static Argument Scalars(double[] values) => new() { Kind = Kind.ScalarList, Values = values };
}
