using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Reference;

/// <summary>Everything apart from the weights that the next step of a <see cref="ReferenceLoop"/> depends on.</summary>
internal sealed class ReferenceLoopState(long seed) : IDisposable
{
    /// <summary>Seed of dropout.</summary>
    public long Seed { get; set; } = seed;

    /// <summary>Number of steps made, for the learning rate.</summary>
    public long Step { get; set; }

    /// <summary>Number of updates made, for the bias correction.</summary>
    public long Updates { get; set; }

    /// <summary>Number of steps for which dropout was drawn.</summary>
    public long Draws { get; set; }

    /// <summary>First moments by name.</summary>
    public Dictionary<string, Tensor> Means { get; } = new(StringComparer.Ordinal);

    /// <summary>Second moments by name.</summary>
    public Dictionary<string, Tensor> Squares { get; } = new(StringComparer.Ordinal);

    public void Dispose()
    {
        foreach (var tensor in Means.Values.Concat(Squares.Values)) tensor.Dispose();
    }

    /// <summary>Writes the state.</summary>
    public void Write(BinaryWriter writer)
    {
        foreach (var number in new[] { Seed, Step, Updates, Draws }) writer.Write(number);
        foreach (var tensor in Means.Values.Concat(Squares.Values)) WriteTensor(writer, tensor);
    }

    /// <summary>Reads the state.</summary>
    public void Read(BinaryReader reader)
    {
        (Seed, Step, Updates, Draws) = (reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64());
        foreach (var tensor in Means.Values.Concat(Squares.Values)) ReadTensor(reader, tensor);
    }

    /// <summary>Writes the elements of a tensor.</summary>
    public static void WriteTensor(BinaryWriter writer, Tensor tensor)
    {
        foreach (var value in tensor.Doubles()) writer.Write(value);
    }

    /// <summary>Reads as many elements as a tensor has into it.</summary>
    public static void ReadTensor(BinaryReader reader, Tensor into)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        double[] values = [.. Enumerable.Range(0, (int)into.numel()).Select(_ => reader.ReadDouble())];
        into.copy_(tensor(values).reshape(into.shape));
    }
}
