namespace TurkishLlm.Tests.Unit.Cli.Transcripts;

/// <summary>What <c>task</c> and <c>data retrieval</c> print.</summary>
public sealed class BenchmarkTranscriptTests : IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task Converts_and_finds_rows_in_training_text()
    {
        _here.Write("sums.jsonl", """
            {"question": "Depoda 12 makara vardı, 5 makara sevk edildi ve 3 makara geldi. Kaç makara var?", "answer": "#### 10"}
            {"question": "Bir vardiyada 40 m kablo sarılıyor. Üç vardiyada kaç metre olur?", "answer": "3 · 40\n#### 120"}
            {"question": "Kaç?", "answer": "#### 1"}

            """);
        _here.Write("corpus.txt", "Ders: Depoda 12 makara vardı, 5 makara sevk edildi ve 3 makara geldi. Kaç makara var?\n");
        var transcript = new Transcript((_here / "", "HERE"));
        await transcript.Run("task convert HERE/sums.jsonl HERE/gold.jsonl --style gsm8k");
        await transcript.Run("task contamination HERE/gold.jsonl --text HERE/corpus.txt --words 8 --rows HERE/overlap.jsonl");
        await transcript.Run("task contamination HERE/gold.jsonl --text HERE/corpus.txt --words 8 --json");
        await transcript.Run("task contamination HERE/gold.jsonl --text HERE/corpus.txt --words 7");
        await transcript.Run("task contamination HERE/gold.jsonl --text HERE/nowhere");
        transcript.Show(_here / "gold.jsonl");
        await transcript.Run("task convert HERE/sums.jsonl HERE/gold.jsonl --style arc");
        await transcript.Run("task convert HERE/sums.jsonl HERE/gold.jsonl --style hellaswag");
        transcript.Compare("Benchmarks");
    }

    [Fact]
    public async Task Measures_retrieval()
    {
        _here.Write("gold.jsonl", """
            {"question": "Fire kaydını kim onaylar?", "answer": "Fire kaydını vardiya amiri onaylar."}
            {"question": "Makara nerede durur?", "answer": "Makara üçüncü rafta durur."}

            """);
        Directory.CreateDirectory(_here / "docs");
        _here.Write("docs/fire.md", "# Fire\n\nFire kaydını vardiya amiri onaylar. Kayıt akşam kapanır.\n");
        _here.Write("docs/depo.md", "# Depo\n\nMakara üçüncü rafta durur. Kablo makaraya sarılır.\n");
        var transcript = new Transcript((_here / "", "HERE"));
        await transcript.Run("data retrieval HERE/docs --gold HERE/gold.jsonl --json --passages 1");
        await transcript.Run("data retrieval HERE/nowhere --gold HERE/gold.jsonl");
        await transcript.Run("data retrieval HERE/docs --gold HERE/nowhere.jsonl");
        await transcript.Run("data retrieval HERE/docs --gold HERE/gold.jsonl --passages 0");
        transcript.Compare("Retrieval");
    }
}
