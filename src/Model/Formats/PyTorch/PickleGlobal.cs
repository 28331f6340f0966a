namespace TurkishLlm.Model.Formats.PyTorch;

/// <summary>
/// A name that a pickle imports. Those of a state dictionary are known here and stand for what this program does in their
/// place; no other can be made, and none is ever looked up or called.
/// </summary>
internal sealed class PickleGlobal
{
    private static readonly Dictionary<string, PickleGlobal> Known = new[]
    {
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
    }.ToDictionary(known => known.Name, StringComparer.Ordinal);

    private PickleGlobal(string name, SafetensorsDtype? storage = null) => (Name, Storage) = (name, storage);

    /// <summary>Module and name, with a point between.</summary>
    public string Name { get; }

    /// <summary>Type of the elements where the name is a kind of storage.</summary>
    public SafetensorsDtype? Storage { get; }

    /// <summary>The global of that name; null for every other.</summary>
    public static PickleGlobal? Find(string name) => Known.GetValueOrDefault(name);

    /// <summary>What comes of the name with arguments; its effect is all this program's.</summary>
    /// <param name="arguments">What the pickle would call it with.</param>
    /// <param name="problem">What is wrong when nothing comes of it.</param>
    public object? Call(object?[] arguments, out string problem)
    {
        problem = "";
        switch (Name, arguments)
        {
            case ("collections.OrderedDict", []):
                return new PickleDictionary();
            case ("torch._utils._rebuild_parameter", [PyTorchTensor tensor, ..]):
                return tensor;
            case ("torch._utils._rebuild_tensor_v2", [PyTorchStorage storage, long offset, object?[] size, object?[] stride, ..])
                when size.All(n => n is long) && stride.All(n => n is long):
                return PyTorchTensor.TryCreate(storage, offset, [.. size.Cast<long>()], [.. stride.Cast<long>()], out var made, out problem) ? made : null;
            default:
                problem = $"{Name} is given what it cannot take";
                return null;
        }
    }
}
