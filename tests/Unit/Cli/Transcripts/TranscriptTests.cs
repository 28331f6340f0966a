using FluentAssertions;

namespace TurkishLlm.Tests.Unit.Cli.Transcripts;

/// <summary>Tests of <see cref="Transcript"/> for systems other than this one.</summary>
public sealed class TranscriptTests
{
    [Theory]
    [InlineData(@"→ HERE\run\step-000009, 3 KB", "→ HERE/run/step-000009, 3 KB")]
    [InlineData(@"{""folder"":""TRAINED\\run\\last"",""text"":""a\nb""}", @"{""folder"":""TRAINED/run/last"",""text"":""a\nb""}")]
    [InlineData(@"SHARDS FIXTURES/sft\chat.jsonl:3, PROGRAM\toy.yaml", "SHARDS FIXTURES/sft/chat.jsonl:3, PROGRAM/toy.yaml")]
    [InlineData(@"\d THERE\n HERE \t", @"\d THERE\n HERE \t")]
    public void Only_paths_below_replaced_folders_are_written_with_slashes(string text, string expected) =>
        Transcript.UseSlashes(text).Should().Be(expected);
}
