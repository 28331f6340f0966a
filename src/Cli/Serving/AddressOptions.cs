using System.CommandLine;
using TurkishLlm.Files;
using TurkishLlm.Model;
using TurkishLlm.Server;

namespace TurkishLlm.Cli.Serving;

/// <summary>Where the server listens, and who may use it.</summary>
internal sealed class AddressOptions
{
    /// <summary>The variable that the key is read from; other users of the machine can see arguments of programs.</summary>
    private const string KeyVariable = "TURKISHLLM_API_KEY";

    private readonly Option<string> _host = new("--host")
    {
        Description = "IP address to listen on; 0.0.0.0 accepts requests from other machines, for which --api-key is advisable.",
        DefaultValueFactory = _ => "127.0.0.1",
    };

    private readonly Option<int> _port = new("--port")
    {
        Description = "Port to listen on (0 = any free port, which is printed).", DefaultValueFactory = _ => 8080,
    };

    private readonly Option<string?> _name = new("--model-name")
    {
        Description = "Name of the model in requests and replies (default: the name of its folder).",
    };

    private readonly Option<string?> _key = new("--api-key")
    {
        Description = $"Key that clients must send (default: {KeyVariable} of the environment, or none).",
    };

    private readonly Option<string?> _keyFile = new("--api-key-file")
    {
        Description = "File with the key, instead of --api-key.",
    };

    private readonly Option<string[]> _origins = new("--cors-origin")
    {
        Description = "Origin of web pages that may send requests, such as http://localhost:3000 (default: none). Can be "
            + "repeated.",
    };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_host, _port, _name, _key, _keyFile, _origins]) command.Add(option);
    }

    /// <exception cref="ConfigurationException">Two keys are given.</exception>
    /// <exception cref="InvalidDataException">The file of the key is empty.</exception>
    public ServerOptions Read(ParseResult parsed, string defaultName) => new(parsed.GetValue(_name) ?? defaultName)
    {
        Host = parsed.GetRequiredValue(_host),
        Port = parsed.GetValue(_port),
        ApiKey = ReadKey(parsed),
        CorsOrigins = parsed.GetValue(_origins) ?? [],
    };

    private string? ReadKey(ParseResult parsed)
    {
        if (parsed.GetValue(_keyFile) is not { } file)
            return parsed.GetValue(_key) ?? Environment.GetEnvironmentVariable(KeyVariable) switch
            {
                null or "" => null,
                var key => key,
            };
        if (parsed.GetValue(_key) is not null)
            throw new ConfigurationException("--api-key and --api-key-file are both given; give one of them.");
        if (!File.Exists(file)) throw new FileNotFoundException($"The key file {file} does not exist.", file);
        var text = TextFile.ReadAllText(file).Trim();
        return text.Length > 0 ? text : throw new InvalidDataException($"The key file {file} is empty.");
    }
}
