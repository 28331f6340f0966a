using System.Text.Encodings.Web;
using System.Text.Json;
using TurkishLlm.Specification;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Export;

/// <summary>Sizes of a decoder that other programs judge.</summary>
/// <param name="Vocabulary">Number of ids, at least 8.</param>
/// <param name="MaxLength">Most tokens of a text, at least 2.</param>
/// <param name="Layers">Blocks; for TOL-DECODER.</param>
/// <param name="Width">The longest axis of its matrices, other than the vocabulary; for TOL-DECODER.</param>
/// <param name="PaddingId">Id that no text has; null for none.</param>
public sealed record DecoderFacts(int Vocabulary, int MaxLength, int Layers = 12, int Width = 3072, int? PaddingId = null);

/// <summary>
/// Writes inputs and expected values of the requirements of functions and decoders, so that programs in other languages judge
/// their own: <c>cases.json</c> and <c>cases.safetensors</c>.
/// </summary>
public static class CaseExport
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes both files.</summary>
    /// <param name="folder">The folder; it is created.</param>
    /// <param name="facts">Sizes of the decoder.</param>
    /// <param name="seed">Seed of the texts.</param>
    /// <returns>How many checks were written, of functions and of logits.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The vocabulary has fewer than 8 ids, or a text fewer than 2.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static (int Functions, int Logits) Write(string folder, DecoderFacts facts, long seed = 1)
    {
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentOutOfRangeException.ThrowIfLessThan(facts.Vocabulary, 8);
        ArgumentOutOfRangeException.ThrowIfLessThan(facts.MaxLength, 2);
        using var scope = NewDisposeScope();
        using var at = new Conditions(seed: seed);
        var tensors = new ExportedTensors();
        var functions = new FunctionRecorder(tensors);
        functions.RecordAll(at);
        var decoder = new DecoderChecks(tensors, facts, at);
        var statements = functions.Requirements.Values.Concat(DecoderChecks.Requirements)
            .ToDictionary(requirement => requirement.Id, requirement => requirement.Statement);
        Directory.CreateDirectory(folder);
        tensors.Write(Path.Combine(folder, "cases.safetensors"));
        File.WriteAllText(
            Path.Combine(folder, "cases.json"),
            JsonSerializer.Serialize(
                new ExportedCases(facts.Vocabulary, facts.MaxLength, statements, functions.Checks, decoder.Checks), Json) + "\n");
        return (functions.Checks.Count, decoder.Checks.Count);
    }
}
