using Microsoft.Extensions.Configuration;
using Posthorn.Postgres;
using Posthorn.Settings;

namespace Posthorn.ContractTests.Postgres;

/// <summary>The settings of PostgreSQL; none of these facts needs a server.</summary>
public sealed class PostgresOptionsTests
{
    private const string Secret = "Host=db.example;Port=5433;Database=posthorn;Username=ph;Password=hunter2";

    [Fact]
    public void The_password_is_never_shown()
    {
        var options = new PostgresOptions { ConnectionString = Secret };

        options.ToString().ShouldBe("db.example:5433/posthorn");
        PostgresStores.Open(options).Name.ShouldBe("db.example:5433/posthorn");
    }

    [Fact]
    public void The_section_is_read()
    {
        var errors = new List<SettingError>();

        var options = Read(errors, ("connectionString", Secret), ("azureIdentity", "true"));

        errors.ShouldBeEmpty();
        options.ShouldBe(new PostgresOptions { ConnectionString = Secret, AzureIdentity = true });
    }

    [Theory]
    [InlineData("")]
    [InlineData("hunter2")]
    [InlineData("Host=db;Passwort=hunter2")]
    [InlineData("Database=posthorn;Password=hunter2")]
    public void A_wrong_connection_string_is_named_and_not_shown(string text)
    {
        var errors = new List<SettingError>();

        Read(errors, ("connectionString", text)).ToString().ShouldBe("PostgreSQL");

        var error = errors.ShouldHaveSingleItem();
        error.Key.ShouldBe("stores:postgres:connectionString");
        error.ToString().ShouldNotContain("hunter2");
        Should.Throw<ArgumentException>(() => PostgresStores.Open(new PostgresOptions { ConnectionString = text })).Message.ShouldNotContain("hunter2");
    }

    [Fact]
    public void Waiting_has_a_bound()
    {
        var settings = new PostgresOptions { ConnectionString = Secret + ";Timeout=0;Command Timeout=900;Include Error Detail=true" }.Complete();

        (settings.Timeout, settings.CommandTimeout, settings.IncludeErrorDetail).ShouldBe((5, 30, false));
        new PostgresOptions { ConnectionString = Secret + ";Timeout=2" }.Complete().Timeout.ShouldBe(2);
    }

    [Fact]
    public void A_token_of_Azure_s_identity_goes_over_TLS_and_in_place_of_a_password()
    {
        var settings = new PostgresOptions { ConnectionString = Secret + ";SSL Mode=Disable", AzureIdentity = true }.Complete();

        (settings.Password, settings.SslMode).ShouldBe((null, Npgsql.SslMode.Require));
    }

    private static PostgresOptions Read(List<SettingError> errors, params (string Key, string Value)[] values)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values.Select(value => KeyValuePair.Create<string, string?>(value.Key, value.Value))).Build();
        return PostgresOptions.From(new SettingsSection(configuration, "stores:postgres", errors));
    }
}
