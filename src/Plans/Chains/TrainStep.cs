namespace TurkishLlm.Plans.Chains;

/// <summary>Pretrains, fine-tunes or preference-trains a model: section <c>train</c> of a step.</summary>
/// <param name="Plan">The training plan.</param>
public sealed record TrainStep(string Plan) : ChainAction
{
    // Keys that change what is shown or logged, and none of the weights.
    private static readonly string[] Shown =
        ["name", "run", "log_every", "logging", "samples", "ignored_guidelines", "safety.stall_"];

    /// <summary>Values that replace those of the plan, as <c>section.key=value</c>.</summary>
    public IReadOnlyList<string> Set { get; init; } = [];

    /// <inheritdoc/>
    public override string Verb => "train";

    /// <summary>Loads the plan of the step.</summary>
    /// <param name="find">Returns the file that a path means.</param>
    public TrainingPlan LoadPlan(Func<string, string> find)
    {
        ArgumentNullException.ThrowIfNull(find);
        return TrainingPlan.Load(find(Plan), Set);
    }

    /// <inheritdoc/>
    public override StepFiles Describe(Func<string, string> find)
    {
        var plan = LoadPlan(find);
        return new(
            plan.GetInputs(), [plan.RunFolder],
            [
                .. PlanWriter.GetEntries(plan)
                    .Where(entry => !IsShown(entry.Key))
                    .Select(entry => KeyValuePair.Create(entry.Key, entry.Value)),
            ]);
    }

    private static bool IsShown(string key) => Array.Exists(Shown, shown =>
        key == shown || key.StartsWith(shown.EndsWith('_') ? shown : shown + ".", StringComparison.Ordinal));
}
