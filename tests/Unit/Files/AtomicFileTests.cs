using FluentAssertions;
using TurkishLlm.Files;
using TurkishLlm.Tests.Unit.Model;

namespace TurkishLlm.Tests.Unit.Files;

/// <summary>Outputs are written whole or not at all, behind links too.</summary>
public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Keeps_the_old_file_when_writing_fails()
    {
        File.WriteAllText(_folder / "a.txt", "eski");
        var write = () => AtomicFile.Write(_folder / "a.txt", stream =>
        {
            stream.Write("yarım"u8);
            throw new InvalidDataException("satır 7");
        });
        write.Should().Throw<InvalidDataException>();
        Directory.GetFiles(_folder.Path).Should().Equal(_folder / "a.txt");
        File.ReadAllText(_folder / "a.txt").Should().Be("eski");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Writes_behind_a_chain_of_links(bool targetExists)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need privileges on Windows.");
        Directory.CreateDirectory(_folder / "disk");
        if (targetExists) File.WriteAllText(_folder / "disk/gerçek.txt", "eski");
        File.CreateSymbolicLink(_folder / "ara", "disk/gerçek.txt");
        File.CreateSymbolicLink(_folder / "bağ.txt", _folder / "ara");
        AtomicFile.WriteAllText(_folder / "bağ.txt", "yeni");
        File.ReadAllText(_folder / "disk/gerçek.txt").Should().Be("yeni");
        new FileInfo(_folder / "bağ.txt").LinkTarget.Should().NotBeNull();
        new FileInfo(_folder / "ara").LinkTarget.Should().NotBeNull();
    }

    [Fact]
    public void Writes_a_folder_behind_a_link()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need privileges on Windows.");
        Directory.CreateDirectory(_folder / "disk/model");
        File.WriteAllText(_folder / "disk/model/eski.txt", "eski");
        Directory.CreateSymbolicLink(_folder / "model", _folder / "disk/model");
        AtomicDirectory.Write(_folder / "model", to => File.WriteAllText(Path.Combine(to, "yeni.txt"), "yeni"));
        new DirectoryInfo(_folder / "model").LinkTarget.Should().NotBeNull();
        Directory.GetFiles(_folder / "disk/model").Select(Path.GetFileName).Should().Equal("yeni.txt");
        Directory.GetFileSystemEntries(_folder / "disk").Should().HaveCount(1, "nothing is left beside it");
    }

    [Fact]
    public void Names_a_circle_of_links()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need privileges on Windows.");
        File.CreateSymbolicLink(_folder / "a", _folder / "b");
        File.CreateSymbolicLink(_folder / "b", _folder / "a");
        var write = () => AtomicFile.WriteAllText(_folder / "a", "x");
        write.Should().Throw<IOException>();
    }

    [Fact]
    public void Writes_to_a_device_without_replacing_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There is no /dev/null.");
        File.CreateSymbolicLink(_folder / "null", "/dev/null");
        AtomicFile.WriteAllText(_folder / "null", "kayıp");
        new FileInfo(_folder / "null").LinkTarget.Should().Be("/dev/null");
        File.Exists("/dev/null.partial").Should().BeFalse();
    }

    [Fact]
    public void Refuses_text_that_UTF_8_cannot_hold()
    {
        var write = () => AtomicFile.WriteAllText(_folder / "a.txt", "yarım " + '\ud83d');
        write.Should().Throw<ArgumentException>();
        File.Exists(_folder / "a.txt").Should().BeFalse();
    }
}
