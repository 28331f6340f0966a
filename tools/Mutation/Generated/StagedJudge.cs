using System.Diagnostics;
using System.Globalization;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tools.Mutation.Generated.Operators;
using TurkishLlm.Tools.Mutation.Generated.Reach;

namespace TurkishLlm.Tools.Mutation.Generated;

/// <summary>
/// Judges generated mutants: by the requirements, those of the source's area first, by the unit tests of the fast suite, those of
/// the area first, and what survives by all other tests of the area.
/// </summary>
/// <param name="sandbox">The code to judge.</param>
/// <param name="compiler">The compiler.</param>
/// <param name="reach">The tests that run the code of a mutant.</param>
internal sealed class StagedJudge(MutantSandbox sandbox, MutantCompiler compiler, ReachMap reach)
{
    private const string TurkishLocale = "tr_TR.UTF-8";
    private readonly HashSet<string> _unusable = new(StringComparer.Ordinal);

    /// <summary>
    /// Compiles projects without a bug, in the same way as with one, and judges them by the fast suite, with a control in place
    /// of the assembly of the same name.
    /// </summary>
    public SuiteResult JudgeUnchanged(IReadOnlyList<string> projects, string control)
    {
        foreach (var project in projects) sandbox.PlantUnchanged(compiler.CompileUnchanged(project));
        sandbox.Plant(control);
        var spec = sandbox.Suite.RunRequirements([], FastSuite.StopAtException);
        var tests = spec.Passes ? sandbox.Suite.RunTests("Unit", ["-trait", MutantSandbox.Trait]) : spec;
        foreach (var project in projects) sandbox.Restore(project);
        var silence = spec.LongestSilence > tests.LongestSilence ? spec.LongestSilence : tests.LongestSilence;
        sandbox.Suite.FastSilence = silence;
        return tests with { LongestSilence = silence };
    }

    /// <summary>Takes the unchanged assemblies and times of another sandbox.</summary>
    /// <param name="projects">The projects.</param>
    /// <param name="silence">The longest time of a requirement or test of the fast suite.</param>
    public void AssumeUnchanged(IEnumerable<string> projects, TimeSpan silence)
    {
        foreach (var project in projects) sandbox.PlantUnchanged(compiler.CompileUnchanged(project));
        sandbox.Suite.FastSilence = silence;
    }

    /// <summary>Plants a mutant, judges the code by the requirements and tests of a stage, and restores it.</summary>
    /// <param name="mutant">The mutant.</param>
    /// <param name="stage">The fast suite, or all other tests of the area.</param>
    public MutantTrial Run(GeneratedMutant mutant, TrialStage stage)
    {
        var started = Stopwatch.GetTimestamp();
        var source = File.ReadAllText(Path.Combine(Repository.Root, mutant.File));
        var text = mutant.ApplyTo(source);
        var (made, error) = compiler.Compile(mutant.File, text, sandbox.Scratch);
        if (made is null) return Done(TrialStage.NotRun, new(MutantStatus.CompileError, "compiler", error));
        if (compiler.IsUnchanged(mutant.Project, made))
            return Done(TrialStage.NotRun, new(MutantStatus.Equivalent, "compiler", "the same code"));
        var area = TestArea.Of(mutant.Project);
        sandbox.Plant(made);
        // The culture of the machine may be the invariant one; the whole suite also passes under the Turkish one.
        sandbox.Suite.Locale = mutant.Operator == NameOperator.Culture ? TurkishLocale : null;
        try
        {
            return Done(stage, stage == TrialStage.Fast ? JudgeFast(mutant, area) : JudgeArea(mutant, area, made));
        }
        finally
        {
            sandbox.Suite.Locale = null;
            sandbox.Restore(mutant.Project);
        }

        MutantTrial Done(TrialStage reached, SuiteResult result) =>
            Describe(mutant, text, reached, result, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>Returns the trial of a mutant.</summary>
    public static MutantTrial Describe(
        GeneratedMutant mutant, string text, TrialStage stage, SuiteResult result, TimeSpan duration) =>
        new(
            mutant.Key, MutantGenerator.HashOf(text), mutant.File, mutant.Line, mutant.Operator, mutant.Original,
            mutant.Replacement, result.Status, stage, result.KilledBy, result.Message, Math.Round(duration.TotalSeconds, 1),
            TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    private SuiteResult JudgeFast(GeneratedMutant mutant, TestArea area)
    {
        var ids = sandbox.Has("Mutation", mutant.Project) ? area.RequirementsFor(mutant, reach) : [];
        var result = ids.Count > 0
            ? sandbox.Suite.RunRequirements(ids, FastSuite.StopAtException, FastSuite.Only)
            : new(MutantStatus.Survived, "", "");
        foreach (var suite in area.FastSuitesOf(mutant, reach))
            if (result.Passes)
                result = sandbox.Suite.RunTests(suite.Program, suite.Filter, isFast: true);
        return result;
    }

    private SuiteResult JudgeArea(GeneratedMutant mutant, TestArea area, string assembly)
    {
        var result = new SuiteResult(MutantStatus.Survived, "", "");
        foreach (var suite in area.SuitesOf(mutant, reach).Where(suite => sandbox.Has(suite.Program, mutant.Project)))
            if (result.Passes)
                result = RunUsableTests(suite, mutant.Project, assembly);
        return result;
    }

    // A test decides only if it fails again by itself, and passes on the unchanged code.
    private SuiteResult RunUsableTests(TestSuite suite, string project, string assembly)
    {
        while (true)
        {
            var result = sandbox.Suite.RunTests(
                suite.Program, [.. suite.Filter, .. _unusable.SelectMany(method => new[] { "-method-", method })]);
            if (result.Passes || result.Method is not { } failed) return result;
            string[] alone = ["-method", failed];
            var repeated = sandbox.Suite.RunTests(suite.Program, alone);
            sandbox.Restore(project);
            var unchanged = sandbox.Suite.RunTests(suite.Program, alone);
            sandbox.Plant(assembly);
            if (!repeated.Passes && unchanged.Passes) return result;
            _unusable.Add(failed);
            Console.Error.WriteLine(
                $"Excluded, since it {(repeated.Passes ? "passes when repeated" : "fails on the unchanged code")}: {failed}: "
                    + result.Message);
        }
    }
}
