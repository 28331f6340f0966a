using TurkishLlm.Model;
using TurkishLlm.Runs.Chains;

namespace TurkishLlm.Spec.Chains;

/// <summary>Runs a step in a folder unless its output is refused.</summary>
/// <param name="folder">The folder.</param>
/// <param name="output">Name of the output.</param>
/// <param name="command">Writes the output and returns the exit code.</param>
/// <returns>False if the step was refused.</returns>
public delegate bool RunOverOutput(string folder, string output, Func<int> command);

/// <summary>Outputs that exist when a step runs.</summary>
public static class ChainOutputSpec
{
    /// <summary>File that the step reads.</summary>
    internal const string Input = "input.src";

    /// <summary>CHN-02.</summary>
    public static readonly Requirement<OutputCase, RunOverOutput> CHN02_Outputs = new()
    {
        Id = "CHN-02",
        Statement = "A step that was interrupted finds its unfinished output if its inputs are the same; if they have changed, "
            + "it finds none, and the earlier output is kept under another name; an output that no record explains is refused "
            + "and unchanged.",
        Source = "iterative/dvc: outputs are removed before a stage runs; huggingface/transformers: Trainer resumes from "
            + "what the output folder holds",
        CanonicalCases = [new("model.txt", IsFolder: false), new("runs/model", IsFolder: true)],
        Subject = (_, _) => Run,
        Holds = (run, c, _) => Verdict.All(
            c.Judge(run, interrupted: true, changed: false, finds: true),
            c.Judge(run, interrupted: true, changed: true, finds: false),
            c.Judge(run, interrupted: false, changed: true, finds: false),
            c.JudgeUnexplained(run)),
        Impostors = new()
        {
            ["continues from stale outputs"] = (_, _) => new CarelessOutput { KeepsStale = true }.Run,
            ["deletes stale outputs"] = (_, _) => new CarelessOutput { DeletesStale = true }.Run,
            ["begins again after an interruption"] = (_, _) => new CarelessOutput { BeginsAgain = true }.Run,
            ["replaces outputs that no record explains"] = (_, _) => new CarelessOutput { ReplacesUnexplained = true }.Run,
        },
    };

    private static bool Run(string folder, string output, Func<int> command)
    {
        var records = new StepRecords(Path.Combine(folder, "records"));
        var job = new ChainJob("step", "copy", [Input], [output], [], _ => Task.FromResult(command()));
        try
        {
            new ChainRunner(folder, records, new(records.DigestsFile))
                .RunAsync(job, force: false, (_, _) => { }, CancellationToken.None).GetAwaiter().GetResult();
            return true;
        }
        catch (ConfigurationException)
        {
            return false;
        }
    }
}
