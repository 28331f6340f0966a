using System.Text.RegularExpressions;
using FluentAssertions;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>Citations of the specification in the sources are correct.</summary>
public sealed partial class TraceabilityTests
{
    [Fact]
    public void Every_requirement_that_a_doc_comment_cites_exists()
    {
        var known = RequirementCatalog.All.Select(r => r.Id).ToHashSet();
        var cited = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file =>
                CitationPattern()
                    .Matches(File.ReadAllText(file))
                    .SelectMany(c =>
                        RequirementIdPattern().Matches(c.Value).Select(id => (File: Path.GetFileName(file), Id: id.Value))))
            .ToArray();

        cited.Should().HaveCountGreaterThan(40);
        cited.Where(c => !known.Contains(c.Id)).Should().BeEmpty();
    }

    // A citation continues over the lines of its comment up to the full stop or the end of the remark.
    [GeneratedRegex(@"Spec: [^.<]*")]
    private static partial Regex CitationPattern();

    [GeneratedRegex(@"\bP[0-9]{2}\b|(?<!BUG-)\b[A-Z]{3}-[0-9]{2}\b")]
    private static partial Regex RequirementIdPattern();
}
