using System.Globalization;
using FluentAssertions;
using TurkishLlm.Tests.Unit.Synthesis;

namespace TurkishLlm.Tests.Unit.Fuzzing;

/// <summary>Damaged pages. TURKISHLLM_FUZZ_COUNT sets their number, such as 100000 for a long run.</summary>
public sealed class DocumentationFuzzTests
{
    private const int DefaultCount = 2000;

    [Fact]
    public void Damaged_pages_are_read_or_refused_with_the_name_of_the_file()
    {
        var setting = Environment.GetEnvironmentVariable("TURKISHLLM_FUZZ_COUNT");
        var count = int.TryParse(setting, NumberStyles.None, CultureInfo.InvariantCulture, out var set) ? set : DefaultCount;
        var (read, refused, faults) = DocumentationFuzz.Run(ErpDocumentation.Folder, count, seed: 16);
        faults.Should().BeEmpty();
        read.Should().BeGreaterThan(count / 4, "most damage leaves text");
        refused.Should().BeGreaterThan(count / 100, "some damage does not");
    }
}
