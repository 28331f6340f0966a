using System.Runtime.InteropServices;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>A tensor of a file to judge, row-major.</summary>
internal sealed record StoredWeight(string Name, long[] Shape, float[] Values);

/// <summary>A temporary folder for a file of weights, deleted on disposal.</summary>
internal sealed class WeightFile : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("turkishllm-weights-").FullName;

    public string this[string name] => System.IO.Path.Combine(_folder, name);

    public string Path => this["model.safetensors"];

    /// <summary>Returns all weights of a table, as they are stored.</summary>
    public static IReadOnlyList<StoredWeight> FromParameters(ParameterTable weights) =>
        [.. weights.Names.Select(name => new StoredWeight(name, weights[name].shape, ToFloats(weights[name])))];

    public static float[] ToFloats(Tensor tensor) => [.. tensor.Doubles().Select(value => (float)value)];

    /// <summary>Writes weights with any names and shapes.</summary>
    public string Write(IEnumerable<StoredWeight> weights)
    {
        var stored = weights.ToDictionary(weight => weight.Name, StringComparer.Ordinal);
        using var writer = SafetensorsWriter.Create(
            Path,
            stored.Values.Select(weight => new SafetensorsTensorInfo(weight.Name, SafetensorsDtype.F32, weight.Shape)));
        foreach (var tensor in writer.Tensors) writer.Write<float>(tensor.Name, stored[tensor.Name].Values);
        writer.Finish();
        return Path;
    }

    /// <summary>Reads all tensors of a file without checks.</summary>
    public static Dictionary<string, float[]> Read(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return file.Tensors.ToDictionary(
            t => t.Name,
            t => MemoryMarshal.Cast<byte, float>(file.GetSpan<byte>(t.Name)).ToArray(),
            StringComparer.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
