using System.Text.Json.Serialization;

namespace TurkishLlm.Runs.Chains;

/// <summary>How far a step of a chain is.</summary>
public enum StepState
{
    /// <summary>The step has begun and was not completed.</summary>
    [JsonStringEnumMemberName("started")]
    Started,

    /// <summary>The step is complete.</summary>
    [JsonStringEnumMemberName("done")]
    Done,
}

/// <summary>Record of a step: what it was made from, and what it made.</summary>
/// <param name="Verb">Action of the step.</param>
/// <param name="Format">Version of its output; see <c>ChainAction.FormatVersion</c>.</param>
/// <param name="State">How far it is.</param>
/// <param name="Options">Options with their values.</param>
/// <param name="Inputs">Digests of the inputs by their paths.</param>
/// <param name="Outputs">Digests of the outputs by their paths; empty until the step is done.</param>
/// <param name="Seconds">Time that the step took, without interruptions.</param>
/// <param name="InputBytes">Size of the inputs.</param>
public sealed record StepRecord(
    string Verb, int Format, StepState State,
    IReadOnlyDictionary<string, string> Options, IReadOnlyDictionary<string, string> Inputs,
    IReadOnlyDictionary<string, string> Outputs, double Seconds, long InputBytes)
{
    /// <summary>Returns the differences from a later record that make the outputs stale, if any.</summary>
    public IReadOnlyList<string> FindChanges(StepRecord now)
    {
        ArgumentNullException.ThrowIfNull(now);
        List<string> changes = [];
        if (Verb != now.Verb) changes.Add($"the step was {Verb}, and is {now.Verb}");
        else if (Format != now.Format) changes.Add("the program writes another output since");
        changes.AddRange(
            from key in Options.Keys.Union(now.Options.Keys, StringComparer.Ordinal)
            let before = Options.GetValueOrDefault(key)
            let after = now.Options.GetValueOrDefault(key)
            where before != after
            select $"{key}: {before ?? "nothing"} → {after ?? "nothing"}");
        changes.AddRange(
            from path in Inputs.Keys.Union(now.Inputs.Keys, StringComparer.Ordinal)
            where Inputs.GetValueOrDefault(path) != now.Inputs.GetValueOrDefault(path)
            select now.Inputs.GetValueOrDefault(path) == ContentDigests.Missing ? $"{path} is missing"
                : now.Inputs.ContainsKey(path) && Inputs.ContainsKey(path) ? $"{path} has changed"
                : now.Inputs.ContainsKey(path) ? $"{path} is a new input" : $"{path} is no input any more");
        return changes;
    }
}
