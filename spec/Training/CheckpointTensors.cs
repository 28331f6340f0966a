using System.Buffers.Binary;
using System.Security.Cryptography;
using TurkishLlm.Files;

namespace TurkishLlm.Spec.Training;

/// <summary>Changes tensors of a saved checkpoint. Its hashes are corrected, so it is not damaged.</summary>
internal static class CheckpointTensors
{
    /// <summary>Sets tensors to zero.</summary>
    /// <param name="folder">Folder of the checkpoint.</param>
    /// <param name="name">Name of a safetensors file in it.</param>
    /// <param name="prefix">Beginning of the names of the tensors.</param>
    /// <exception cref="ArgumentException">No tensor has such a name.</exception>
    public static void Clear(string folder, string name, string prefix)
    {
        var (file, state) = (Path.Combine(folder, name), Path.Combine(folder, "state.json"));
        var bytes = File.ReadAllBytes(file);
        var data = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        using var header = StrictJson.Parse(bytes.AsMemory(8, data - 8), file);
        var tensors = header.RootElement.EnumerateObject()
            .Where(tensor => tensor.Name != "__metadata__" && tensor.Name.StartsWith(prefix, StringComparison.Ordinal))
            .ToArray();
        if (tensors.Length == 0) throw new ArgumentException($"{file} has no tensor {prefix}….", nameof(prefix));
        foreach (var offsets in tensors.Select(tensor => tensor.Value.GetProperty("data_offsets")))
            bytes.AsSpan(data + offsets[0].GetInt32(), offsets[1].GetInt32() - offsets[0].GetInt32()).Clear();
        File.WriteAllBytes(file, bytes);

        var hashes = StrictJson.ParseNode(TextFile.ReadAllText(state), state)["sha256"]!.AsObject();
        hashes[name] = Convert.ToHexStringLower(SHA256.HashData(bytes));
        CheckpointFields.Alter(folder, "sha256", hashes.DeepClone());
    }
}
