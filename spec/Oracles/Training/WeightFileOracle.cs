using System.Buffers.Binary;
using TurkishLlm.Files;

namespace TurkishLlm.Spec.Oracles.Training;

/// <summary>Reads the float32 tensors of a safetensors file from its bytes.</summary>
/// <remarks>
/// Eight bytes with the length of a JSON object, the object, and the data. An entry has <c>dtype</c>, <c>shape</c> and
/// <c>data_offsets</c>. Source: github.com/huggingface/safetensors, "Format".
/// </remarks>
public static class WeightFileOracle
{
    /// <summary>Returns the elements of every tensor in row-major order.</summary>
    /// <exception cref="InvalidDataException">A tensor is not float32.</exception>
    public static Dictionary<string, double[]> Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        using var header = StrictJson.Parse(bytes.AsMemory(8, length), path);
        var tensors = new Dictionary<string, double[]>(StringComparer.Ordinal);
        foreach (var tensor in header.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__"))
        {
            if (tensor.Value.GetProperty("dtype").GetString() != "F32")
                throw new InvalidDataException($"{path}: {tensor.Name} is not float32.");
            var offsets = tensor.Value.GetProperty("data_offsets");
            var (first, last) = (8 + length + offsets[0].GetInt32(), 8 + length + offsets[1].GetInt32());
            var values = new double[(last - first) / sizeof(float)];
            for (var i = 0; i < values.Length; i++)
                values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(first + sizeof(float) * i));
            tensors[tensor.Name] = values;
        }
        return tensors;
    }
}
