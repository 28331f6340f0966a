using System.Text;
using TurkishLlm.Files;
using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Unit.Fuzzing;

/// <summary>Reads damaged pages and checks what must hold for any input.</summary>
internal static class DocumentationFuzz
{
    private const string Html = """
        <!DOCTYPE html><html lang="tr"><head><meta charset="utf-8"><title>Örnek</title><meta name="module" content="depo"></head>
        <body><header><nav><ul><li><a href="/">Ev</a></li></ul></nav></header>
        <main><h1 id="k">Kurulum<a class="headerlink" href="#k">¶</a></h1>
        <ol start="3"><li>Aç:<pre><code class="language-sql">SELECT *<br>FROM T</code></pre>sonra<ul><li>iç</li></ul></li>
        <li><table><tr><th>A</th><th>B</th></tr><tr><td rowspan="2">1<pre>x
        y</pre></td><td>2<table><tr><td>3</td></tr></table></td></tr></table></li></ol>
        <dl><dt>Terim</dt><dd>m<sup>2</sup></dd></dl>
        <ul role="tablist"><li role="tab">npm</li></ul><div><div role="tabpanel" hidden><p>Ka&shy;pa&shy;nış ﬁrma</p></div></div>
        <details><summary>Aç</summary><blockquote><p>alıntı<a href="#fn"><sup>1</sup></a></p></blockquote></details>
        </main></body></html>
        """;

    private const string Markdown = """
        ---
        title: "Örnek" # not
        lang: tr
        ---

        # Yedek {#yedek}

        > Telbis › Depo › Yedek

        1. Komut:

           ```sql
           SELECT *
           FROM STOK;
           ```

           | Alan | Değer |
           |------|-------|
           | `A|B` | 30 |

        !!! warning "Dikkat"
            Metin

        :::note Bilgi
        metin[^1]
        :::

        {% tab title="Bir" %}
        - [x] bitti
        {% endtab %}

        Terim
        :   Açıklama

        [^1]: Dipnot <b>kalın</b>
        """;

    private static readonly string[] Names = ["belge/sayfa.html", "belge/sayfa.md", "belge/sayfa.txt"];

    /// <summary>Reads damaged pages.</summary>
    /// <param name="folder">Folder of undamaged pages.</param>
    /// <param name="count">Number of damaged pages.</param>
    /// <param name="seed">Same seed, same damage.</param>
    /// <returns>How many were read and how many refused, and the faults found.</returns>
    public static (int Read, int Refused, List<string> Faults) Run(string folder, int count, ulong seed)
    {
        byte[][] seeds =
        [
            Encoding.UTF8.GetBytes(Html), Encoding.UTF8.GetBytes(Markdown),
            .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(File.ReadAllBytes),
        ];
        var mutator = new DocumentMutator([.. seeds.Where(page => page.Length > 0)], seed);
        var (read, refused, faults) = (0, 0, new List<string>());
        for (var i = 0; i < count; i++)
        {
            var bytes = mutator.Next();
            var name = Names[i % Names.Length];
            try
            {
                Check(name, TextFile.Decode(bytes, name), problem => faults.Add($"{i} {name}: {problem}"));
                read++;
            }
            catch (InvalidDataException error)
            {
                refused++;
                if (!IsSentence(error.Message, name)) faults.Add($"{i} {name}: {error.Message}");
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                faults.Add($"{i} {name}: {error}");
            }
        }
        return (read, refused, faults);
    }

    private static void Check(string name, string text, Action<string> report)
    {
        var started = Environment.TickCount64;
        var pages = DocumentationReader.Parse(name, text);
        if (Environment.TickCount64 - started > 5000) report($"took {Environment.TickCount64 - started} ms");
        foreach (var page in pages)
        {
            string[] texts = [page.Text, page.Title, page.Module, page.Submodule, .. page.Breadcrumb];
            if (!HasReplacement(text) && Array.Exists(texts, HasReplacement)) report("has a new U+FFFD");
            if (Array.Exists(texts, part => ReadableText.Create(part) != part)) report("has invisible characters");
            var end = 0;
            foreach (var block in page.Blocks)
            {
                if (block.Start != end) report("has a gap between blocks");
                end = block.Start + block.Length;
            }
            if (end != page.Text.Length) report("has text outside blocks");
        }
    }

    private static bool HasReplacement(string text) => text.Contains('\uFFFD', StringComparison.Ordinal);

    private static bool IsSentence(string message, string name) =>
        message.StartsWith(name, StringComparison.Ordinal) && message.Contains(' ', StringComparison.Ordinal)
        && !message.Contains("   at ", StringComparison.Ordinal);
}
