using System.Text;

namespace TorchSharp;

/// <summary>
/// One ATen operator, found by name at its first call. Arguments left out take the defaults of its schema.
/// </summary>
internal sealed unsafe class Operator(string name, string overload = "")
{
    private const int MostResults = 512;
    private nint _handle;

    public override string ToString() => overload.Length == 0 ? name : $"{name}.{overload}";

    /// <summary>True when the libtorch at hand has an operator of that name; it differs between versions and devices.</summary>
    public bool Exists
    {
        get
        {
            int found;
            fixed (byte* n = Encoding.UTF8.GetBytes(name + '\0'), o = Encoding.UTF8.GetBytes(overload + '\0'))
                Native.Check(Native.tllm_has_operator(n, o, &found));
            return found != 0;
        }
    }

    /// <summary>Calls an operator that returns one tensor.</summary>
    public torch.Tensor Call(params ReadOnlySpan<Argument> arguments)
    {
        NativeArgument result;
        Invoke(arguments, &result, 1);
        return new torch.Tensor((nint)result.Bits);
    }

    /// <summary>Calls an operator that changes its first argument, and returns that one.</summary>
    public torch.Tensor InPlace(torch.Tensor self, params ReadOnlySpan<Argument> others)
    {
        var arguments = new Arguments16();
        Span<Argument> all = arguments;
        all[0] = self;
        others.CopyTo(all[1..]);
        NativeArgument result;
        if (Invoke(all[..(others.Length + 1)], &result, 1) > 0 && result.Kind == Kind.Tensor) Native.tllm_release((nint)result.Bits);
        return self;
    }

    /// <summary>Calls an operator that returns two tensors.</summary>
    public (torch.Tensor First, torch.Tensor Second) Pair(params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc NativeArgument[2];
        Invoke(arguments, results, 2);
        return (new torch.Tensor((nint)results[0].Bits), new torch.Tensor((nint)results[1].Bits));
    }

    /// <summary>Calls an operator that returns a list of tensors, or none.</summary>
    public torch.Tensor[] Many(params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc NativeArgument[MostResults];
        var count = Invoke(arguments, results, MostResults);
        var tensors = new torch.Tensor[count];
        for (var i = 0; i < count; i++) tensors[i] = new torch.Tensor((nint)results[i].Bits);
        return tensors;
    }

    /// <summary>Calls an operator that returns a number or a truth value.</summary>
    public Scalar Number(params ReadOnlySpan<Argument> arguments)
    {
        NativeArgument result;
        Invoke(arguments, &result, 1);
        return result.Kind switch
        {
            Kind.Bool => result.Bits != 0,
            Kind.Int => result.Bits,
            _ => BitConverter.Int64BitsToDouble(result.Bits),
        };
    }

    private int Invoke(ReadOnlySpan<Argument> arguments, NativeArgument* results, int capacity)
    {
        if (_handle == 0) _handle = Find();
        var listed = 0;
        foreach (var argument in arguments)
            if (argument.Values is Array list) listed += list.Length;

        var native = stackalloc NativeArgument[arguments.Length];
        var lists = stackalloc long[listed];
        for (var i = 0; i < arguments.Length; i++)
        {
            ref readonly var argument = ref arguments[i];
            native[i].Kind = argument.Kind;
            native[i].Bits = argument.Bits;
            if (argument.Kind == Kind.Device)
            {
                native[i].Bits = (int)argument.Bits;
                native[i].Count = (int)(argument.Bits >> 32);
            }
            else if (argument.Values is Array list)
            {
                native[i].Bits = (long)lists;
                native[i].Count = list.Length;
                Flatten(list, new Span<long>(lists, list.Length));
                lists += list.Length;
            }
        }

        int written;
        Native.Check(Native.tllm_call(_handle, native, arguments.Length, results, capacity, &written));
        // Handles must outlive the call, whatever the collector thinks of their owners.
        foreach (var argument in arguments) GC.KeepAlive(argument.Values);
        return written;
    }

    private static void Flatten(Array list, Span<long> destination)
    {
        switch (list)
        {
            case long[] integers: integers.CopyTo(destination); break;
            case double[] reals: System.Runtime.InteropServices.MemoryMarshal.Cast<double, long>(reals).CopyTo(destination); break;
            case byte[] text: text.CopyTo(System.Runtime.InteropServices.MemoryMarshal.AsBytes(destination)); break;
            case torch.Tensor?[] tensors:
                for (var i = 0; i < tensors.Length; i++) destination[i] = tensors[i]?.Handle ?? 0;
                break;
            default: throw new NotSupportedException($"A list of {list.GetType().GetElementType()} cannot be an argument.");
        }
    }

    private nint Find()
    {
        nint handle;
        fixed (byte* n = Encoding.UTF8.GetBytes(name + '\0'), o = Encoding.UTF8.GetBytes(overload + '\0'))
            Native.Check(Native.tllm_find_operator(n, o, &handle));
        return handle;
    }

    [System.Runtime.CompilerServices.InlineArray(16)]
    private struct Arguments16
    {
        private Argument _first;
    }
}
