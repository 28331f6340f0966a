using FluentAssertions;
using TurkishLlm.Files;
using TurkishLlm.Tests.Unit.Model;

namespace TurkishLlm.Tests.Unit.Files;

/// <summary>What stands in place of a file is named as such.</summary>
[Trait("Suite", "Fast")]
public sealed class PlaceholderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder / "model.safetensors";

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
        "a Git LFS pointer in place of the file. Run `git lfs pull` in the repository it came from.")]
    [InlineData(
        "<!DOCTYPE html>\n<html><title>Oturum aç</title></html>",
        "an HTML page. The download probably answered with a login or error page; download the file again.")]
    [InlineData("", "empty. Download or write it again.")]
    [InlineData("\0\0\0\0\0\0\0\0", "blank: it holds only white space or zeros. Download or write it again.")]
    [InlineData(
        """{"error":"Repository not found"}""",
        "the error of a server in place of the file: \"Repository not found\". Download it again, logged in and with the right "
            + "address.")]
    [InlineData(
        """{"message": "Not Found", "documentation_url": "https://docs.example.com/rest", "status": "404"}""",
        "the error of a server in place of the file: \"Not Found\". *")]
    [InlineData("Entry not found", "the error of a server in place of the file: \"Entry not found\". *")]
    [InlineData("404: Not Found", "the error of a server in place of the file: \"404: Not Found\". *")]
    [InlineData(
        "Access to model x/y is restricted and you are not in the authorized list.\nVisit the page.",
        "the error of a server in place of the file: \"Access to model x/y is restricted and you are not in the authorized "
            + "list. Visit the page\". *")]
    [InlineData(
        "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>",
        "the error of a server in place of the file: \"<Error><Code>AccessDenied</Code></Error>\". *")]
    [InlineData(
        "/annex/objects/SHA256E-s3--1f.bin\n",
        "a git-annex pointer in place of the file. Run `git annex get` in the repository it came from.")]
    [InlineData(
        "../../blobs/4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393",
        "a symbolic link of the Hugging Face cache, copied as text. Copy the file that it points to (cp -L).")]
    public void Names_a_placeholder_and_its_remedy(string content, string problem)
    {
        System.IO.File.WriteAllText(File, content);
        FluentActions.Invoking(() => Placeholder.Refuse(File)).Should().Throw<InvalidDataException>()
            .WithMessage($"{File} is {problem}");
    }

    [Theory]
    [InlineData("""{"message": "Merhaba", "messages": []}""")]
    [InlineData("""{"error": null}""")]
    [InlineData("{}")]
    [InlineData("""{"error": """)]
    [InlineData("Not found in any list: iş emri.")]
    [InlineData("version: 1\n")]
    public void Takes_no_real_file_for_a_placeholder(string content)
    {
        System.IO.File.WriteAllText(File, content);
        Placeholder.Find(File).Should().BeNull();
    }
}
