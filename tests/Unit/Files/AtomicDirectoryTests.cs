using FluentAssertions;
using TurkishLlm.Files;
using TurkishLlm.Runs;
using TurkishLlm.Tests.Unit.Model;

namespace TurkishLlm.Tests.Unit.Files;

[Trait("Suite", "Fast")]
public sealed class AtomicDirectoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Target => _folder / "step-000100";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Writes_all_files_and_leaves_nothing_beside()
    {
        AtomicDirectory.Write(Target, Fill("new"));
        Content(Target).Should().Be("new/new");
        Names().Should().Equal("step-000100");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Puts_the_old_folder_back_when_a_rename_fails(int failing)
    {
        AtomicDirectory.Write(Target, Fill("old"));
        var renames = 0;
        var act = () => AtomicDirectory.Write(Target, Fill("new"), (from, to) =>
        {
            if (++renames == failing) throw new IOException("Input/output error");
            Directory.Move(from, to);
        });

        act.Should().Throw<IOException>().WithMessage($"Could not write {Target}: Input/output error");
        renames.Should().Be(failing);
        Names().Should().Equal("step-000100");
        Content(Target).Should().Be("old/old");
    }

    [Fact]
    public void Replaces_the_whole_folder()
    {
        AtomicDirectory.Write(Target, Fill("old"));
        File.WriteAllText(Path.Combine(Target, "c"), "left over");
        AtomicDirectory.Write(Target, Fill("new"));
        Content(Target).Should().Be("new/new");
        File.Exists(Path.Combine(Target, "c")).Should().BeFalse();
        Names().Should().Equal("step-000100");
    }

    [Fact]
    public void Leaves_the_old_folder_when_writing_fails()
    {
        AtomicDirectory.Write(Target, Fill("old"));
        var act = () => AtomicDirectory.Write(Target, folder =>
        {
            File.WriteAllText(Path.Combine(folder, "a"), "new");
            throw new IOException("No space left on device");
        });

        act.Should().Throw<IOException>().WithMessage($"Could not write {Target}: No space left on device");
        Content(Target).Should().Be("old/old");
        Names().Should().Equal("step-000100");
    }

    [Fact]
    public void Passes_on_errors_that_are_not_the_disks()
    {
        var act = () => AtomicDirectory.Write(Target, _ => throw new InvalidDataException("NaN in layer 3"));
        act.Should().Throw<InvalidDataException>().WithMessage("NaN in layer 3");
        Names().Should().BeEmpty();
    }

    [Fact]
    public void Starts_over_what_a_kill_left_half_written()
    {
        Directory.CreateDirectory(Target + ".partial");
        File.WriteAllText(Path.Combine(Target + ".partial", "zombie"), "x");
        AtomicDirectory.Write(Target, Fill("new"));
        Directory.GetFiles(Target).Select(Path.GetFileName).Should().BeEquivalentTo("a", "b");
    }

    /// <summary>Every state in which a kill can leave the disk, and the expected content after the next start.</summary>
    [Theory]
    [InlineData("old", "cut", null, "old/old")]       // while writing
    [InlineData("old", "new", null, "old/old")]       // before the first rename
    [InlineData(null, "new", "old", "old/old")]       // between the renames
    [InlineData("new", null, "old", "new/new")]       // before the old one is deleted
    [InlineData("new", null, null, "new/new")]        // after all
    [InlineData(null, "cut", null, null)]             // while writing the first one
    public void A_kill_leaves_the_old_or_the_new(string? target, string? partial, string? replaced, string? after)
    {
        Make(Target, target);
        Make(Target + ".partial", partial);
        Make(Target + ".replaced", replaced);

        AtomicDirectory.Recover(_folder.Path);

        (Directory.Exists(Target) ? Content(Target) : null).Should().Be(after);
        Names().Should().BeSubsetOf(["step-000100"]);
    }

    [Fact]
    public void A_copy_of_the_disk_taken_at_any_moment_of_writing_gives_the_old_folder()
    {
        AtomicDirectory.Write(Target, Fill("old"));
        AtomicDirectory.Write(Target, folder =>
        {
            for (var bytes = 0; bytes < 40; bytes++)
            {
                File.AppendAllText(Path.Combine(folder, bytes < 20 ? "a" : "b"), "n");
                using var copy = new TemporaryFolder();
                Copy(_folder.Path, copy.Path);
                AtomicDirectory.Recover(copy.Path).Should().Equal("step-000100.partial");
                Content(copy / "step-000100").Should().Be("old/old");
            }
        });
        Content(Target).Should().Be(new string('n', 20) + "/" + new string('n', 20));
    }

    [Fact]
    public void Sweeping_touches_nothing_else()
    {
        Make(Target, "old");
        Make(_folder / "step-000200", "new");
        AtomicDirectory.Recover(_folder.Path).Should().BeEmpty();
        AtomicDirectory.Recover(_folder / "nowhere").Should().BeEmpty();
        Names().Should().Equal("step-000100", "step-000200");
    }

    private static Action<string> Fill(string text) => folder =>
    {
        File.WriteAllText(Path.Combine(folder, "a"), text);
        Directory.CreateDirectory(Path.Combine(folder, "inner"));
        File.WriteAllText(Path.Combine(folder, "b"), text);
        Directory.Delete(Path.Combine(folder, "inner"));
    };

    private static void Make(string folder, string? text)
    {
        if (text is null) return;
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "a"), text);
        if (text != "cut") File.WriteAllText(Path.Combine(folder, "b"), text);
    }

    private static string Content(string folder) =>
        $"{File.ReadAllText(Path.Combine(folder, "a"))}/{File.ReadAllText(Path.Combine(folder, "b"))}";

    private static void Copy(string from, string to)
    {
        foreach (var folder in Directory.GetDirectories(from))
            Copy(folder, Directory.CreateDirectory(Path.Combine(to, Path.GetFileName(folder))).FullName);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    private IEnumerable<string?> Names() =>
        Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal);
}
