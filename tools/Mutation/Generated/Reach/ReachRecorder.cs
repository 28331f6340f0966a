using System.Collections.Concurrent;
using TurkishLlm.Tests.Shared;
using static System.FormattableString;

namespace TurkishLlm.Tools.Mutation.Generated.Reach;

/// <summary>Runs the requirements and each class of tests on instrumented code, and records the bodies that they enter.</summary>
/// <param name="work">Folder for sandboxes.</param>
/// <param name="jobs">Number of sandboxes.</param>
internal sealed class ReachRecorder(string work, int jobs)
{
    private readonly string _folder = Path.Combine(work, "reach");
    private readonly MutantCompiler _compiler = new(Path.Combine(work, "unchanged"));

    /// <summary>Records the map.</summary>
    /// <exception cref="InvalidOperationException">The instrumented code does not compile.</exception>
    public ReachMap Record()
    {
        var projects = SourceProject.Names.Select(name => new InstrumentedProject(name)).ToArray();
        string[] assemblies = [.. projects.Select(project => project.Compile(_compiler, Path.Combine(_folder, "assemblies")))];
        var tests = new ConcurrentDictionary<string, ReachMap.TestEntry>(StringComparer.Ordinal);
        var waiting = new ConcurrentQueue<TestClass?>([null, .. TestClass.All.OrderByDescending(test => test.StartsProcesses)]);
        var count = waiting.Count;
        Parallel.For(1, jobs + 1, new ParallelOptions { MaxDegreeOfParallelism = jobs }, job =>
        {
            var sandbox = new MutantSandbox(Path.Combine(_folder, Invariant($"job-{job}")), TestArea.Programs);
            foreach (var assembly in assemblies) sandbox.Plant(assembly);
            while (waiting.TryDequeue(out var test))
            {
                var marks = Path.Combine(_folder, Invariant($"marks-{job}"));
                if (Directory.Exists(marks)) Directory.Delete(marks, recursive: true);
                Directory.CreateDirectory(marks);
                sandbox.Suite.ReachFolder = marks;
                var result = test is null
                    ? sandbox.Suite.RunRequirements([], stopAtException: true)
                    : sandbox.Suite.RunTests(test.Program, ["-class", test.Name]);
                var name = test?.Name ?? FastSuite.Name;
                // Those after a failure were not run.
                if (result.Passes)
                    tests[name] = new(test?.Hash ?? FastSuite.Hash, ReadMarks(projects, marks));
                else Console.Error.WriteLine($"Not recorded, since it fails: {name}: {result.KilledBy}: {result.Message}");
                Console.Out.WriteLine(Invariant($"[{tests.Count} of {count}] {name}"));
            }
        });
        return new(new(
            projects.SelectMany(project => project.Sources).ToDictionary(source => source.File, source => source.Hash),
            new(tests)));
    }

    private static Dictionary<string, int[]> ReadMarks(IEnumerable<InstrumentedProject> projects, string folder) => projects
        .SelectMany(project => project.ReadMarks(folder))
        .ToDictionary(entry => entry.File, entry => entry.Bodies, StringComparer.Ordinal);
}
