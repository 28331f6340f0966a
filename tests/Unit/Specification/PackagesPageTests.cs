using System.Xml.Linq;
using FluentAssertions;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>docs/packages.md says of every package what it is for.</summary>
public sealed class PackagesPageTests
{
    private static readonly Dictionary<string, string> Versions = XDocument
        .Load(Path.Combine(Repository.Root, "Directory.Packages.props"))
        .Descendants("PackageVersion")
        .ToDictionary(package => (string)package.Attribute("Include")!, package => (string)package.Attribute("Version")!);

    public static TheoryData<string> Packages() => [.. Versions.Keys];

    [Theory, MemberData(nameof(Packages))]
    public void Names(string package) =>
        File.ReadLines(Path.Combine(Repository.Root, "docs", "packages.md")).Where(line => line.StartsWith('|'))
            .SelectMany(FirstColumn).Should().Contain(package);

    [Fact]
    public void FluentAssertions_stays_on_its_free_line() =>
        Version.Parse(Versions["FluentAssertions"]).Major.Should().BeLessThan(8, "8 and later need a commercial licence");

    private static string[] FirstColumn(string line) => line.Split('|')[1].Split(',', StringSplitOptions.TrimEntries);
}
