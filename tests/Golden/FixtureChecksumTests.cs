using System.Security.Cryptography;
using FluentAssertions;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Golden;

/// <summary>
/// fixtures/SHA256SUMS lists every file of the folders that are made once and kept, and each is the file that was recorded.
/// </summary>
public sealed class FixtureChecksumTests
{
    private static readonly string Root = Path.GetDirectoryName(RecordedReference.Folder)!;

    [Fact]
    public void Every_recorded_file_is_the_one_that_was_recorded()
    {
        var listed = File.ReadAllLines(Path.Combine(Root, "SHA256SUMS")).ToDictionary(line => line[66..], line => line[..64]);
        var found = new[]
            {
                "broken", "evaluation", "foreign", "preference", "pytorch", "reference", "sft", "synthesis", "tokenizer",
            }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*", SearchOption.AllDirectories))
            .ToDictionary(
                file => Path.GetRelativePath(Root, file).Replace('\\', '/'),
                file => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))));

        found.Should().Equal(listed);
    }
}
