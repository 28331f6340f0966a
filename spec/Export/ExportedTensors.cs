using System.Runtime.InteropServices;
using System.Security.Cryptography;
using TorchSharp;
using TurkishLlm.Model.Formats;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Export;

/// <summary>Tensors that are written to one safetensors file; equal ones are written once.</summary>
internal sealed class ExportedTensors
{
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly List<(SafetensorsTensorInfo Info, byte[] Bytes)> _tensors = [];

    /// <summary>Adds a copy of a tensor of float32, float64 or int64, unless an equal one exists.</summary>
    /// <returns>Its name in the file.</returns>
    public string Add(string name, Tensor tensor)
    {
        using var copy = tensor.detach().cpu().contiguous();
        var (type, bytes) = copy.dtype switch
        {
            ScalarType.Float32 => (SafetensorsDtype.F32, ToBytes(copy.data<float>().ToArray())),
            ScalarType.Float64 => (SafetensorsDtype.F64, ToBytes(copy.data<double>().ToArray())),
            ScalarType.Int64 => (SafetensorsDtype.I64, ToBytes(copy.data<long>().ToArray())),
            _ => throw new ArgumentException($"A tensor of {copy.dtype} cannot be exported.", nameof(tensor)),
        };
        var content = $"{type} {string.Join(' ', copy.shape)} {Convert.ToHexString(SHA256.HashData(bytes))}";
        if (_names.TryGetValue(content, out var known)) return known;
        var unique = $"{name}.{_tensors.Count}";
        _tensors.Add((new(unique, type, copy.shape), bytes));
        return _names[content] = unique;
    }

    /// <summary>Writes the file.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(string path)
    {
        var bytes = _tensors.ToDictionary(tensor => tensor.Info.Name, tensor => tensor.Bytes, StringComparer.Ordinal);
        using var writer = SafetensorsWriter.Create(path, _tensors.Select(tensor => tensor.Info));
        foreach (var tensor in writer.Tensors) writer.Write<byte>(tensor.Name, bytes[tensor.Name]);
        writer.Finish();
    }

    private static byte[] ToBytes<T>(T[] values)
        where T : unmanaged => MemoryMarshal.AsBytes<T>(values).ToArray();
}
