using TurkishLlm.Tests.Shared;

[assembly: AssemblyFixture(typeof(TestRunMarker))]

namespace TurkishLlm.Tests.Shared;

/// <summary>
/// Leaves a file in artifacts/tests-ran when tests of this assembly run, skipped ones included: Directory.Solution.targets fails
/// a run of the whole solution that ran none.
/// </summary>
public sealed class TestRunMarker
{
    public TestRunMarker()
    {
        var folder = Path.Combine(Repository.Root, "artifacts", "tests-ran");
        // Only a run of the solution makes the folder.
        if (Directory.Exists(folder)) File.WriteAllText(Path.Combine(folder, typeof(TestRunMarker).Assembly.GetName().Name!), "");
    }
}
