using System.Text.Json;
using System.Text.Json.Serialization;
using TurkishLlm.Data.Preference;
using TurkishLlm.Files;
using TurkishLlm.Model;
using TurkishLlm.Runs;
using TurkishLlm.Training.Distributed;

namespace TurkishLlm.Training.Objectives.Preference;

/// <summary>
/// Log-probabilities of all answers under the reference model. They are computed once and saved in the run folder as
/// <c>reference.json</c>, so the reference model need not stay in memory and no step can change them.
/// </summary>
/// <param name="Identity">The identity of the reference.</param>
/// <param name="Chosen">Log-probability of the chosen answer of each pair, in nats.</param>
/// <param name="Rejected">Log-probability of the rejected answer of each pair, in nats.</param>
/// <remarks>Spec: DPO-04.</remarks>
public sealed record ReferenceLogProbabilities(
    ReferenceIdentity Identity, IReadOnlyList<double> Chosen, IReadOnlyList<double> Rejected)
{
    /// <summary>Name of the file in a run folder.</summary>
    public const string FileName = "reference.json";

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>Computes the log-probabilities.</summary>
    /// <param name="identity">The identity of the reference.</param>
    /// <param name="model">The reference model: the model before training.</param>
    /// <param name="pairs">The pairs.</param>
    /// <param name="batchSize">Pairs per batch.</param>
    /// <param name="group">The processes that share the work; all receive the same bits.</param>
    public static ReferenceLogProbabilities Compute(
        ReferenceIdentity identity, LanguageModel model, IReadOnlyList<PreferencePair> pairs, int batchSize,
        IProcessGroup? group = null)
    {
        var results = PreferenceBatch.Measure(
            model,
            [.. pairs.Select(pair => new ScoredPair(pair))],
            new DpoObjective(), batchSize, group);
        return new(
            identity,
            [.. results.Select(result => result.ChosenLogProbability)],
            [.. results.Select(result => result.RejectedLogProbability)]);
    }

    /// <summary>Loads a saved reference.</summary>
    /// <param name="file">A file written by <see cref="Save"/>.</param>
    /// <param name="expected">The identity that it must have.</param>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, or has another identity; the message says what differs.
    /// </exception>
    public static ReferenceLogProbabilities Load(string file, ReferenceIdentity expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        ReferenceLogProbabilities read;
        try
        {
            read = StrictJson.DeserializeFile<ReferenceLogProbabilities>(file, Format);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{file} is damaged: {error.Message} Delete it to compute it again.", error);
        }
        if (expected.DescribeDifference(read.Identity) is { } difference)
            throw new InvalidDataException($"{file} is stale: it was computed with {difference}. "
                + "Restore the files that the run started with, or start a new run in another folder.");
        return read;
    }

    /// <summary>Saves the log-probabilities atomically.</summary>
    public void Save(string file) => RunFolder.WriteFile(file, JsonSerializer.Serialize(this, Format));
}
