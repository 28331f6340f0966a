using TurkishLlm.Files;
using TurkishLlm.Runs.Chains;

namespace TurkishLlm.Spec.Chains;

/// <summary>Runs the copy steps of a folder with <see cref="ChainRunner"/>.</summary>
internal static class SubjectChain
{
    /// <summary>Runs the chain and returns the steps of which the command was run.</summary>
    public static IReadOnlyList<string> Run(string folder, IReadOnlyDictionary<string, int> options, string? killed)
    {
        List<string> ran = [];
        var records = new StepRecords(Path.Combine(folder, "records"));
        var runner = new ChainRunner(folder, records, new(records.DigestsFile));
        foreach (var step in ChainCase.Steps)
        {
            var job = new ChainJob(
                step.Name, "copy", step.Inputs, [step.Output],
                [KeyValuePair.Create("option", FormattableString.Invariant($"{options[step.Name]}"))],
                _ => Task.FromResult(Write(folder, step, options[step.Name], killed, ran)));
            if (runner.RunAsync(job, force: false, (_, _) => { }, CancellationToken.None).GetAwaiter().GetResult() != 0) break;
        }
        return ran;
    }

    /// <summary>Writes the output of a step, or half of it and returns another code than 0.</summary>
    public static int Write(string folder, CopyStep step, int option, string? killed, List<string> ran)
    {
        ran.Add(step.Name);
        var text = ChainFolder.Compute(step, option, input => TryRead(Path.Combine(folder, input)) ?? "");
        var isKilled = step.Name == killed;
        File.WriteAllText(Path.Combine(folder, step.Output), isKilled ? text[..(text.Length / 2)] : text);
        return isKilled ? 137 : 0;
    }

    public static string? TryRead(string file) => File.Exists(file) ? TextFile.ReadAllText(file) : null;
}
