namespace TurkishLlm.Model;

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
        new PickleGlobal("torch.DoubleStorage", SafetensorsType.F64),
        new PickleGlobal("torch.FloatStorage", SafetensorsType.F32),
        new PickleGlobal("torch.HalfStorage", SafetensorsType.F16),
        new PickleGlobal("torch.BFloat16Storage", SafetensorsType.BF16),
        new PickleGlobal("torch.LongStorage", SafetensorsType.I64),
        new PickleGlobal("torch.IntStorage", SafetensorsType.I32),
        new PickleGlobal("torch.ShortStorage", SafetensorsType.I16),
        new PickleGlobal("torch.CharStorage", SafetensorsType.I8),
        new PickleGlobal("torch.ByteStorage", SafetensorsType.U8),
        new PickleGlobal("torch.BoolStorage", SafetensorsType.BOOL),
    }.ToDictionary(known => known.Name, StringComparer.Ordinal);

    private PickleGlobal(string name, SafetensorsType? storage = null) => (Name, Storage) = (name, storage);

    /// <summary>Module and name, with a point between.</summary>
    public string Name { get; }

    /// <summary>Type of the elements where the name is a kind of storage.</summary>
    public SafetensorsType? Storage { get; }

    /// <summary>The global of that name; null for every other.</summary>
    public static PickleGlobal? Find(string name) => Known.GetValueOrDefault(name);

    /// <summary>What comes of the name with arguments; its effect is all this program's.</summary>
    /// <param name="arguments">What the pickle would call it with.</param>
    /// <param name="wrong">What is wrong when nothing comes of it.</param>
    public object? Apply(object?[] arguments, out string wrong)
    {
        wrong = "";
        switch (Name, arguments)
        {
            case ("collections.OrderedDict", []):
                return new PickleDictionary();
            case ("torch._utils._rebuild_parameter", [PyTorchTensor tensor, ..]):
                return tensor;
            case ("torch._utils._rebuild_tensor_v2", [PyTorchStorage storage, long offset, object?[] size, object?[] stride, ..])
                when size.All(n => n is long) && stride.All(n => n is long):
                return PyTorchTensor.TryCreate(storage, offset, [.. size.Cast<long>()], [.. stride.Cast<long>()], out var made, out wrong) ? made : null;
            default:
                wrong = $"{Name} is given what it cannot take";
                return null;
        }
    }
}
