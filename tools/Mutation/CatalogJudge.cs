using System.Diagnostics;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tools.Mutation.Generated;

namespace TurkishLlm.Tools.Mutation;

/// <summary>Judges planted bugs by the fast suite: the specification and, if it holds, the unit tests of the suite.</summary>
internal sealed class CatalogJudge(MutantSandbox sandbox, MutantCompiler compiler)
{
    /// <summary>The projects that a sandbox needs.</summary>
    public static readonly IReadOnlyList<string> Programs = ["Mutation", "Unit"];

    /// <summary>Plants a bug, judges the code, and restores it.</summary>
    public MutantResult Run(Mutation mutation, string digest)
    {
        var started = Stopwatch.GetTimestamp();
        var project = MutantCompiler.ProjectOf(mutation.File);
        var text = mutation.ApplyTo(File.ReadAllText(Path.Combine(Repository.Root, mutation.File)));
        var (made, error) = compiler.Compile(mutation.File, text, sandbox.Scratch);
        if (made is null) return Done(new(MutantStatus.CompileError, "compiler", error));
        if (compiler.IsUnchanged(project, made)) return Done(new(MutantStatus.Equivalent, "compiler", "the same code"));
        sandbox.Plant(made);
        try
        {
            return Done(Judge([.. mutation.BugIds, .. TestArea.Of(project).RequirementsOf(mutation.File)]));
        }
        finally
        {
            sandbox.Restore(project);
        }

        MutantResult Done(SuiteResult result) =>
            new(
                mutation.Id, digest, result.Status, result.KilledBy, result.Message,
                Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 1));
    }

    /// <summary>Compiles projects without a bug, in the same way as with one, and judges them.</summary>
    public SuiteResult JudgeUnchanged(IEnumerable<string> projects)
    {
        foreach (var project in projects) sandbox.PlantUnchanged(compiler.CompileUnchanged(project));
        return Judge([]);
    }

    // First: the requirements of the bug, then those of the area.
    private SuiteResult Judge(string[] first) =>
        sandbox.Suite.RunRequirements(first) is { Passes: false } failed
            ? failed
            : sandbox.Suite.RunTests("Unit", ["-trait", MutantSandbox.Trait]);
}
