using System.Runtime.InteropServices;
using TorchSharp;
using TurkishLlm.Model.Parameters;
using static TorchSharp.torch;

namespace TurkishLlm.Model.Formats.Gguf;

/// <summary>Saves and loads the weights of a model as GGUF.</summary>
/// <remarks>Spec: GGF-01, GGF-02, GGF-03.</remarks>
public static class GgufWeights
{
    private const string FileTypeKey = "general.file_type", QuantizationKey = "general.quantization_version";

    /// <summary>Saves weights under the names of llama.cpp, and adds their keys to the metadata.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="metadata">What else the file shall contain.</param>
    /// <param name="type">
    /// Type of the matrices. Norms are always F32. Matrices with rows that are not whole blocks of Q8_0 are F16, as llama.cpp's
    /// own quantizer has them.
    /// </param>
    /// <returns>SHA-256 of the file.</returns>
    /// <exception cref="ConfigurationException">llama.cpp would compute something else with these weights.</exception>
    /// <exception cref="InvalidDataException">A weight is too large for the type.</exception>
    public static string Save(string path, ParameterTable weights, GgufMetadata metadata, GgufTensorType type)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(metadata);
        RefactArchitecture.Write(weights.Config, metadata);
        metadata.Add(FileTypeKey, GetFileType(type));
        if (type == GgufTensorType.Q8_0) metadata.Add(QuantizationKey, 2u);
        using var writer = GgufWriter.Create(path, metadata, weights.Shapes.Select(weight =>
            new GgufTensorInfo(RefactArchitecture.ToGguf(weight.Name), ChooseType(weight.Shape, type), weight.Shape)));
        foreach (var name in weights.Names)
        {
            using var scope = NewDisposeScope();
            using var grad = no_grad();
            var elements = weights[name].detach().cpu().contiguous();
            writer.Write(RefactArchitecture.ToGguf(name), MemoryMarshal.Cast<byte, float>(elements.bytes));
        }
        return writer.Finish();
    }

    /// <summary>Loads the weights of a file. All names and shapes must be those of the model.</summary>
    /// <exception cref="InvalidDataException">
    /// A weight is missing, unknown or of another shape; the message lists all problems.
    /// </exception>
    public static ParameterTable Load(GgufFile file, ModelConfig config, Device device) =>
        ParameterFile.Load(file, config, device, RefactArchitecture.FromGguf);

    /// <summary>Returns the type that a weight has in a file of a type.</summary>
    public static GgufTensorType ChooseType(IReadOnlyList<long> shape, GgufTensorType type)
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (shape.Count < 2) return GgufTensorType.F32;
        return shape[^1] % GgufBlocks.GetLength(type) == 0 ? type : GgufTensorType.F16;
    }

    // Source: llama.cpp, llama.h, enum llama_ftype.
    private static uint GetFileType(GgufTensorType type) => type switch
    {
        GgufTensorType.F32 => 0,
        GgufTensorType.F16 => 1,
        GgufTensorType.Q8_0 => 7,
        _ => 32,
    };
}
