namespace TurkishLlm.Model.Formats.PyTorch;

/// <summary>
/// A global name that a pickle imports. The names of state dictionaries are known and map to our own code; all other names are
/// refused. No name is ever resolved or called.
/// </summary>
internal sealed class PickleGlobal
{
    // Types of values that trainers save beside the weights, such as the best loss as a NumPy number, or their options.
    private static readonly string[] Ignored =
    [
        "argparse.Namespace", "_codecs.encode", "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "numpy.dtype",
        "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct", "numpy.ndarray", "torch.device",
        "torch.Size", "torch.float32", "torch.float16", "torch.bfloat16", "pathlib.PosixPath", "pathlib.WindowsPath",
    ];

    private static readonly Dictionary<string, PickleGlobal> Known = ((PickleGlobal[])
    [
        new PickleGlobal("collections.OrderedDict"),
        new PickleGlobal("torch._utils._rebuild_tensor_v2"),
        new PickleGlobal("torch._utils._rebuild_parameter"),
        new PickleGlobal("torch.DoubleStorage", SafetensorsDtype.F64),
        new PickleGlobal("torch.FloatStorage", SafetensorsDtype.F32),
        new PickleGlobal("torch.HalfStorage", SafetensorsDtype.F16),
        new PickleGlobal("torch.BFloat16Storage", SafetensorsDtype.BF16),
        new PickleGlobal("torch.LongStorage", SafetensorsDtype.I64),
        new PickleGlobal("torch.IntStorage", SafetensorsDtype.I32),
        new PickleGlobal("torch.ShortStorage", SafetensorsDtype.I16),
        new PickleGlobal("torch.CharStorage", SafetensorsDtype.I8),
        new PickleGlobal("torch.ByteStorage", SafetensorsDtype.U8),
        new PickleGlobal("torch.BoolStorage", SafetensorsDtype.BOOL),
        .. Ignored.Select(name => new PickleGlobal(name) { IsIgnored = true }),
    ]).ToDictionary(known => known.Name, StringComparer.Ordinal);

    private PickleGlobal(string name, SafetensorsDtype? storage = null) => (Name, Storage) = (name, storage);

    /// <summary>Module and name, separated by a dot.</summary>
    public string Name { get; }

    /// <summary>Element type if the name is a storage class.</summary>
    public SafetensorsDtype? Storage { get; }

    /// <summary>True if values of this type are not read: in their place is a <see cref="PickleIgnored"/>.</summary>
    public bool IsIgnored { get; private init; }

    /// <summary>Returns the global with a name; null if it is unknown.</summary>
    public static PickleGlobal? Find(string name) => Known.GetValueOrDefault(name);

    /// <summary>Computes what calling the name in Python would return.</summary>
    /// <param name="arguments">The arguments of the call.</param>
    /// <param name="problem">The problem if the result is null.</param>
    public object? Call(object?[] arguments, out string problem)
    {
        problem = "";
        if (IsIgnored) return new PickleIgnored();
        switch (Name, arguments)
        {
            case ("collections.OrderedDict", []):
                return new PickleDictionary();
            case ("torch._utils._rebuild_parameter", [PyTorchTensor tensor, ..]):
                return tensor;
            case ("torch._utils._rebuild_tensor_v2", [PyTorchStorage storage, long offset, object?[] size, object?[] stride, ..])
                when size.All(n => n is long) && stride.All(n => n is long):
                return PyTorchTensor.TryCreate(
                    storage, offset,
                    [.. size.Cast<long>()],
                    [.. stride.Cast<long>()],
                    out var made, out problem)
                    ? made
                    : null;
            default:
                problem = $"{Name} is called with invalid arguments";
                return null;
        }
    }
}
