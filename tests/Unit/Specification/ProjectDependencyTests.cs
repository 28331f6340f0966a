using System.Xml.Linq;
using FluentAssertions;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>
/// Which project knows which: read from the project files, so that the picture in the documentation stays true.
/// </summary>
public sealed class ProjectDependencyTests
{
    [Theory]
    [InlineData("src/Files/Files.csproj", "")]
    [InlineData("src/Kernels/Kernels.csproj", "")]
    [InlineData("src/Tokenization/Tokenization.csproj", "Files")]
    [InlineData("src/Data/Data.csproj", "Tokenization")]
    [InlineData("src/Synthesis/Synthesis.csproj", "Data")]
    [InlineData("src/Model/Model.csproj", "Files Kernels")]
    [InlineData("src/Inference/Inference.csproj", "Data Model")]
    [InlineData("src/Server/Server.csproj", "Monitoring")]
    [InlineData("src/Extensions/Extensions.csproj", "Runs")]
    [InlineData("src/Plans/Plans.csproj", "Evaluation")]
    [InlineData("src/Runs/Runs.csproj", "Plans")]
    [InlineData("src/Monitoring/Monitoring.csproj", "Runs")]
    [InlineData("src/Training/Training.csproj", "Monitoring")]
    [InlineData("src/Evaluation/Evaluation.csproj", "Inference")]
    [InlineData("spec/Kernel/Kernel.csproj", "")]
    [InlineData("spec/LanguageModels/LanguageModels.csproj", "Kernel")]
    [InlineData("spec/Xunit/Xunit.csproj", "LanguageModels")]
    [InlineData("spec/Spec.csproj", "Training Synthesis LanguageModels")]
    [InlineData("src/Cli/Cli.csproj", "Spec Server Extensions")]
    public void A_project_references_only_projects_below_it(string project, string expected) =>
        References(project).Should().BeEquivalentTo(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    [Fact]
    public void Every_project_of_src_and_spec_is_listed()
    {
        var listed = typeof(ProjectDependencyTests).GetMethod(nameof(A_project_references_only_projects_below_it))!
            .GetCustomAttributes(typeof(InlineDataAttribute), inherit: false).Cast<InlineDataAttribute>()
            .Select(data => (string)data.Data[0]!);
        var found = new[] { "src", "spec" }
            .SelectMany(folder =>
                Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.csproj", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'));
        found.Should().BeSubsetOf(listed);
    }

    [Fact]
    public void Only_Spec_sees_internals_of_Training_and_only_tests_and_the_decoder_those_of_Kernels()
    {
        var friends = Directory.EnumerateFiles(Repository.Root, "*.csproj", SearchOption.AllDirectories)
            .Where(file => !file.Contains("artifacts", StringComparison.Ordinal))
            .SelectMany(file =>
                XDocument
                    .Load(file)
                    .Descendants("InternalsVisibleTo")
                    .Select(e => (Path.GetFileName(file), (string?)e.Attribute("Include"))));
        friends.Should().BeEquivalentTo([
            ("Training.csproj", "TurkishLlm.Spec"), ("Kernels.csproj", "TurkishLlm.Tests.Unit"),
            ("Kernels.csproj", "TurkishLlm.Inference"),
        ]);
    }

    private static IEnumerable<string> References(string project) =>
        XDocument.Load(Path.Combine(Repository.Root, project)).Descendants("ProjectReference")
            .Select(e => Path.GetFileNameWithoutExtension(((string)e.Attribute("Include")!).Replace('\\', '/')));
}
