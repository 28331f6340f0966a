using System.Xml.Linq;
using FluentAssertions;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>docs/packages.md says of every package what it is for.</summary>
public sealed class PackagesPageTests
{
    private static readonly XDocument Versions = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props"));

    public static TheoryData<string> Packages() => [.. Versions.Descendants("PackageVersion").Select(package => (string)package.Attribute("Include")!)];

    [Theory, MemberData(nameof(Packages))]
    public void Names(string package) =>
        File.ReadLines(Path.Combine(Repository.Root, "docs", "packages.md")).Where(line => line.StartsWith('|')).Should().Contain(line => Words(line).Contains(package));

    [Fact]
    public void FluentAssertions_stays_on_its_free_line() =>
        Version.Parse((string)Versions.Descendants("PackageVersion").Single(package => (string?)package.Attribute("Include") == "FluentAssertions").Attribute("Version")!)
            .Major.Should().BeLessThan(8, "8 and later need a commercial licence");

    private static string[] Words(string line) => line.Split('|')[1].Split(',', StringSplitOptions.TrimEntries);
}
