using FluentAssertions;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Documentation;

namespace TurkishLlm.Tests.Unit.Synthesis;

/// <summary>Blocks inside blocks keep their lines.</summary>
[Trait("Suite", "Fast")]
public sealed class NestedBlockTests
{
    [Fact]
    public void Code_and_tables_inside_list_items_keep_their_lines()
    {
        Read("a.md", """
            # Yedek

            - İki adım:
              1. Komut:

                 ~~~python
                 for i in x:
                     yaz(i)
                 ~~~

                 Sonra bekleyin.
              2. Alan:

                 | Ad | Süre |
                 |----|-----:|
                 | A | 30 |
            - Son.
            """)
            .Should()
            .Be("""
                # Yedek

                - İki adım:
                  1. Komut:

                ```python
                for i in x:
                    yaz(i)
                ```

                     Sonra bekleyin.
                  2. Alan:

                | Ad | Süre |
                | --- | --- |
                | A | 30 |

                - Son.
                """);
        Chunks("a.html", "<h1>X</h1><ul><li><div><span>Aç<pre>a\n b</pre></span></div></li></ul>")
            .Should()
            .OnlyContain(chunk => chunk.HasCode && !chunk.HasTable)
            .And.ContainSingle()
            .Which.Text.Should()
            .EndWith("- Aç\n\n```\na\n b\n```");
    }

    [Theory]
    [InlineData("<blockquote><p>Alıntı</p><pre>a\n b</pre></blockquote>", "Alıntı\n\n```\na\n b\n```")]
    [InlineData("<dl><dt>Terim</dt><dd>Açıklama<pre>a\n b</pre></dd></dl>", "Terim\n\nAçıklama\n\n```\na\n b\n```")]
    [InlineData("<details><summary>Aç</summary><pre>a\n b</pre></details>", "Aç\n\n```\na\n b\n```")]
    [InlineData("<div class='admonition note'><p>Not</p><pre>a\n b</pre></div>", "Not\n\n```\na\n b\n```")]
    [InlineData("<figure><span><b><pre>a\n b</pre></b></span><figcaption>Şekil 1</figcaption>"
        + "</figure>", "```\na\n b\n```\n\nŞekil 1")]
    [InlineData("<ol><li value='4'><pre>a\n b</pre>sonra</li></ol>", "4.\n\n```\na\n b\n```\n\n   sonra")]
    [InlineData("<table><tr><td><p>Not</p><pre>a\n b</pre></td></tr></table>", "Not\n\n```\na\n b\n```")]
    public void Code_inside_any_block_is_code(string html, string text) => Read("a.html", html).Should().Be(text);

    [Fact]
    public void Code_and_tables_inside_a_cell_follow_the_row() =>
        Read("a.html", """
            <table><tr><th>İş</th><th>Komut</th></tr>
            <tr><td>yedek</td><td>şöyle: <pre>a
            b</pre></td></tr><tr><td>geri</td><td><pre>tek</pre></td></tr>
            <tr><td>dış</td><td><table><tr><td>iç</td><td>1</td></tr></table></td></tr></table>
            """)
            .Should()
            .Be("""
                | İş | Komut |
                | --- | --- |
                | yedek | şöyle: |

                ```
                a
                b
                ```

                | İş | Komut |
                | --- | --- |
                | geri | `tek` |
                | dış |  |

                | iç | 1 |
                """);

    [Fact]
    public void Items_inside_a_cell_are_separated() =>
        Read("a.html", "<table><tr><th>A</th></tr><tr><td>Şunlar<ul><li>aç<li>kapat.</ul><ol><li>bir<li>iki</ol></td></tr>"
            + "</table>")
            .Should()
            .Be("| A |\n| --- |\n| Şunlar; aç; kapat. 1. bir; 2. iki |");

    [Fact]
    public void A_table_that_arranges_the_page_is_not_a_table() =>
        Read("a.html", """
            <table><tr><td><h1>Depo</h1><p>Giriş.</p></td><td>yan</td></tr></table>
            <table role="presentation"><tr><td>a</td></tr><tr><td>b</td></tr></table>
            <table><tr><td>8</td><td>9</td></tr><tr><td>1</td><td>2</td></tr></table>
            """)
            .Should()
            .Be("# Depo\n\nGiriş.\n\nyan\n\na\n\nb\n\n| 8 | 9 |\n| 1 | 2 |");

    [Theory]
    [InlineData("<pre>bir<br>iki<br/>üç</pre>", "bir\niki\nüç")]
    [InlineData("<pre><code><span class='line'>bir</span><span class='line'>iki</span></code></pre>", "bir\niki")]
    [InlineData("<pre><code><span class='line'>bir\n</span><span class='line'>iki\n</span></code></pre>", "bir\niki")]
    [InlineData("<div class='fragment'><div class='line'>bir</div><div class='line'></div><div class='line'>iki</div>"
        + "</div>", "bir\n\niki")]
    [InlineData("<pre><ol><li>bir</li><li>iki</li></ol></pre>", "bir\niki")]
    [InlineData("<pre><span class='lineno'>1 </span>bir\n<span class='lineno'>2 </span>iki</pre>", "bir\niki")]
    [InlineData(
        "<table class='highlighttable'><tr><td class='linenos'><pre>1\n2</pre></td><td class='code'><pre>bir\niki</pre>"
            + "</td></tr></table>",
        "bir\niki")]
    [InlineData("<p>Önce <code>bir<br>iki</code></p>", "bir\niki")]
    public void Code_keeps_its_lines_however_they_are_written(string html, string code) =>
        Read("a.html", html).Should().EndWith($"```\n{code}\n```");

    [Theory]
    [InlineData("<div class='highlight-python notranslate'><div class='highlight'><pre>x</pre></div></div>", "python")]
    [InlineData("<div class='highlight-default'><div class='highlight'><pre>x</pre></div></div>", "")]
    [InlineData("<pre class='lang-js'>x</pre>", "js")]
    [InlineData("<pre><code data-lang='go'>x</code></pre>", "go")]
    [InlineData("<pre data-syntaxhighlighter-params='brush: sql; gutter: false'>x</pre>", "sql")]
    [InlineData("<pre class='language-`x'>x</pre>", "")]
    public void The_language_of_code_is_that_of_the_highlighter(string html, string language) =>
        Read("a.html", html).Should().Be($"```{language}\nx\n```");

    [Fact]
    public void Raised_numbers_are_not_part_of_the_number_before() =>
        Read("a.html", "<p>100<sup>2</sup> m<sup>2</sup>, 5<sup>e</sup>, söz<sup><a href='#n'>3</a></sup>, H<sub>2</sub>O</p>")
            .Should()
            .Be("100² m², 5e, söz[3], H2O");

    [Fact]
    public void Lines_of_code_inside_a_tilde_fence_stay_code()
    {
        var text = Read("a.html", "<pre>```\nmetin\n```\nson</pre>");
        text.Should().Be("~~~~\n```\nmetin\n```\nson\n~~~~");
        Read("a.html", "<pre>```\n~~~~~\n</pre>").Should().Be("~~~~~~\n```\n~~~~~\n~~~~~~");
    }

    private static string Read(string name, string text) =>
        DocumentationReader.Parse(name, text.ReplaceLineEndings("\n"))[0].Text.Trim('\n');

    private static IReadOnlyList<Chunk> Chunks(string name, string text) =>
        new Chunker(ErpDocumentation.Tokenizer.Value).Split(DocumentationReader.Parse(name, text));
}
