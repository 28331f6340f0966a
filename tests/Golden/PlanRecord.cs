using System.Text.Json;
using System.Text.Json.Serialization;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Golden;

/// <summary>
/// The first steps of a plan as an independent program computes them in float64: fixtures/reference/plans, made by
/// fixtures/make/plan_records.py.
/// </summary>
/// <param name="MadeBy">Program and versions.</param>
/// <param name="Config">Name of the file in configs.</param>
/// <param name="Start">The record with the last step that the plan starts from; null if it starts from none.</param>
/// <param name="Overrides">Settings that narrow the plan; FIXTURES is the folder of the fixtures.</param>
/// <param name="Steps">Steps of the whole run, resolved from its data if the plan gives epochs.</param>
/// <param name="WarmupSteps">Warm-up steps, resolved likewise.</param>
/// <param name="Taken">Metrics of the steps that were taken.</param>
/// <param name="Validation">Metrics of the validation after the last of them.</param>
/// <param name="Schedule">Steps and learning rates of the plan without overrides.</param>
/// <param name="Masks">
/// The first elements that dropout of a quarter keeps under seed 1234; null for records without dropout.
/// </param>
/// <param name="Unchanged">Names of trainable weights that the plan freezes.</param>
/// <param name="Weights">Some elements of each weight that is trained.</param>
internal sealed record PlanRecord(
    string MadeBy, string Config, string? Start, string[] Overrides, long Steps, long WarmupSteps,
    PlanRecord.TakenStep[] Taken, PlanRecord.Validated Validation, double[][] Schedule, int[]? Masks, string[] Unchanged,
    IReadOnlyDictionary<string, PlanRecord.Elements> Weights)
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
    };

    private static readonly string Folder = Path.Combine(RecordedReference.Folder, "plans");

    /// <summary>The names of all records, in ordinal order.</summary>
    public static IEnumerable<string> Names => Directory.EnumerateFiles(Folder, "*.json")
        .Select(file => Path.GetFileNameWithoutExtension(file)!)
        .Order(StringComparer.Ordinal);

    /// <summary>Returns true for a plan of configs that trains: not a corpus, and not a chain of other plans.</summary>
    public static bool Trains(string file) =>
        !file.StartsWith("corpus-", StringComparison.Ordinal) && !file.StartsWith("chain-", StringComparison.Ordinal);

    public static PlanRecord Load(string name) =>
        JsonSerializer.Deserialize<PlanRecord>(File.ReadAllText(Path.Combine(Folder, name + ".json")), Format)!;

    /// <summary>Metrics of a step.</summary>
    internal sealed record TakenStep(
        long Step, double Loss, double GradientNorm, double LearningRate, long Tokens, long? LossTerms, double? Epoch,
        Pairs? Preference);

    /// <summary>Means over pairs, and the smallest margin without its sign.</summary>
    internal sealed record Pairs(
        double RewardChosen, double RewardRejected, double Margin, double Accuracy, double LogpChosen, double LogpRejected,
        double SmallestMargin)
    {
        public PreferenceMetrics Metrics => new(RewardChosen, RewardRejected, Margin, Accuracy, LogpChosen, LogpRejected);
    }

    /// <summary>Metrics of a validation.</summary>
    internal sealed record Validated(double Loss, double? TextLoss, double? BitsPerByte, Pairs? Preference);

    /// <summary>Elements of a weight.</summary>
    /// <param name="Indices">Places in the flattened weight.</param>
    /// <param name="Initial">Values before the first step.</param>
    /// <param name="Change">Differences after the last step.</param>
    /// <param name="Ratio">Smallest ratio of a gradient to the largest one, over the steps; see TOL-PLAN.</param>
    /// <param name="Rate">Sum of the learning rates of the steps, each with the multiplier of the weight.</param>
    internal sealed record Elements(
        [property: JsonPropertyName("elements")] int[] Indices,
        double[] Initial, double[] Change, double[] Ratio, double Rate);
}
