namespace TurkishLlm.Plans.Chains;

/// <summary>Prepares token shards: section <c>corpus</c> of a step.</summary>
/// <param name="Plan">The corpus plan.</param>
public sealed record CorpusStep(string Plan) : ChainAction
{
    /// <summary>Values that replace those of the plan, as <c>key=value</c>.</summary>
    public IReadOnlyList<string> Set { get; init; } = [];

    /// <inheritdoc/>
    public override string Verb => "corpus";

    /// <inheritdoc/>
    public override StepFiles Describe(Func<string, string> find)
    {
        ArgumentNullException.ThrowIfNull(find);
        var plan = CorpusPlan.Load(find(Plan), Set);
        return new(plan.GetInputs(), [plan.Options.Output], plan.GetOptions());
    }
}
