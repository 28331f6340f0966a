using System.Xml.Linq;
using FluentAssertions;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>Which project knows which: read from the project files, so that the picture in the documentation stays true.</summary>
public sealed class ArrowTests
{
    [Theory]
    [InlineData("src/Kernels/Kernels.csproj", "")]
    [InlineData("src/Tokenization/Tokenization.csproj", "")]
    [InlineData("src/Data/Data.csproj", "Tokenization")]
    [InlineData("src/Synthesis/Synthesis.csproj", "Tokenization")]
    [InlineData("src/Model/Model.csproj", "Kernels")]
    [InlineData("src/Training/Training.csproj", "Data Model")]
    [InlineData("spec/Spec.csproj", "Training Synthesis")]
    [InlineData("src/Cli/Cli.csproj", "Spec")]
    public void A_project_knows_only_what_lies_beneath_it(string project, string expected) =>
        References(project).Should().BeEquivalentTo(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    [Fact]
    public void Only_the_specification_is_a_friend_of_training()
    {
        var friends = Directory.EnumerateFiles(Repository.Root, "*.csproj", SearchOption.AllDirectories)
            .Where(file => !file.Contains("artifacts", StringComparison.Ordinal))
            .SelectMany(file => XDocument.Load(file).Descendants("InternalsVisibleTo").Select(e => (Path.GetFileName(file), (string?)e.Attribute("Include"))));
        friends.Should().Equal(("Training.csproj", "TurkishLlm.Spec"));
    }

    private static IEnumerable<string> References(string project) =>
        XDocument.Load(Path.Combine(Repository.Root, project)).Descendants("ProjectReference")
            .Select(e => Path.GetFileNameWithoutExtension(((string)e.Attribute("Include")!).Replace('\\', '/')));
}
