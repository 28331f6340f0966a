using FluentAssertions;
using TurkishLlm.Files;
using TurkishLlm.Tests.Unit.Model;

namespace TurkishLlm.Tests.Unit.Files;

/// <summary>Work that takes long continues after a kill, with the same result.</summary>
public sealed class ResumableLinesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string File => _folder / "ğ.jsonl";

    [Fact]
    public void Continues_after_the_last_whole_line_wherever_the_file_ends()
    {
        using (var lines = ResumableLines.Open(File, "a"))
            foreach (var line in new[] { "bir", "iki ş", "" }) lines.Append(line);
        var written = System.IO.File.ReadAllBytes(File + ".resume");
        for (var length = 0; length <= written.Length; length++)
        {
            System.IO.File.WriteAllBytes(File + ".resume", [.. written[..length], .. length % 3 == 0 ? new byte[4] : []]);
            using (var lines = ResumableLines.Open(File, "a"))
            {
                lines.Lines.Should().Equal(new[] { "bir", "iki ş", "" }.Take(lines.Lines.Count));
                foreach (var line in new[] { "bir", "iki ş", "" }.Skip(lines.Lines.Count)) lines.Append(line);
                lines.Complete();
            }
            System.IO.File.ReadAllText(File).Should().Be("bir\niki ş\n\n", "{0} bytes were left", length);
            Directory.GetFiles(_folder.Path).Should().Equal(File);
        }
    }

    [Fact]
    public void Discards_lines_that_depend_on_something_else()
    {
        using (var lines = ResumableLines.Open(File, "a")) lines.Append("bir");
        using (var lines = ResumableLines.Open(File, "b"))
        {
            lines.IsDiscarded.Should().BeTrue();
            lines.Lines.Should().BeEmpty();
        }
        using var again = ResumableLines.Open(File, "b");
        again.IsDiscarded.Should().BeFalse("there were no lines to discard");
    }

    [Fact]
    public void Refuses_a_second_writer()
    {
        using var first = ResumableLines.Open(File, "a");
        var second = () => ResumableLines.Open(File, "a");
        second.Should().Throw<IOException>().WithMessage($"Could not write {File}: another process is writing it, or *");
    }
}
