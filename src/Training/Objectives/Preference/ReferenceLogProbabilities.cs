using System.Text.Json;
using System.Text.Json.Serialization;
using TurkishLlm.Data.Preference;
using TurkishLlm.Model;
using TurkishLlm.Runs;
using TurkishLlm.Training.Distributed;

namespace TurkishLlm.Training.Objectives.Preference;

/// <summary>
/// Log-probabilities of all answers under the model that training begins with. They are taken once and kept beside the run, as
/// <c>reference.json</c>, so that this model need not be held in memory, and no step can change them.
/// </summary>
/// <param name="Identity">What they were taken of.</param>
/// <param name="Chosen">Of the better answer of each pair, in nats.</param>
/// <param name="Rejected">Of the other.</param>
/// <remarks>Spec: DPO-04.</remarks>
public sealed record ReferenceLogProbabilities(ReferenceIdentity Identity, IReadOnlyList<double> Chosen, IReadOnlyList<double> Rejected)
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

    /// <summary>Takes them.</summary>
    /// <param name="identity">What they are taken of.</param>
    /// <param name="model">The model that training begins with.</param>
    /// <param name="pairs">The pairs.</param>
    /// <param name="batchSize">Pairs that go through the model at once.</param>
    /// <param name="group">The processes that share the work; all get the same bits.</param>
    public static ReferenceLogProbabilities Compute(ReferenceIdentity identity, LanguageModel model, IReadOnlyList<PreferencePair> pairs, int batchSize, IProcessGroup? group = null)
    {
        var results = PreferenceBatch.Measure(model, [.. pairs.Select(pair => new ScoredPair(pair))], new DpoObjective(), batchSize, group);
        return new(identity, [.. results.Select(result => result.ChosenLogProbability)], [.. results.Select(result => result.RejectedLogProbability)]);
    }

    /// <summary>Reads what was kept.</summary>
    /// <param name="file">A file of <see cref="Save"/>.</param>
    /// <param name="expected">What it must have been taken of.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or was taken of something else; says of what.</exception>
    public static ReferenceLogProbabilities Load(string file, ReferenceIdentity expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        ReferenceLogProbabilities read;
        try
        {
            read = JsonSerializer.Deserialize<ReferenceLogProbabilities>(File.ReadAllBytes(file), Format) ?? throw new JsonException("It is null.");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{file} is damaged: {error.Message} Delete it to have it made anew.", error);
        }
        if (expected.DescribeDifference(read.Identity) is { } difference)
            throw new InvalidDataException($"{file} is stale: it was made of {difference}. Put back what the run began with, or begin a new run in another folder.");
        return read;
    }

    /// <summary>Keeps them; the file is there wholly or not at all.</summary>
    public void Save(string file) => RunFolder.WriteFile(file, JsonSerializer.Serialize(this, Format));
}
